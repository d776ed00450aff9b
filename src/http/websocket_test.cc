#include "http/websocket.h"

#include "http/server_for_test.h"
#include "http/websocket_client.h"
#include "http/websocket_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <vector>

namespace weft::http {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

// Answers every message with itself and an exclamation mark.
io::Task<void> shout(WebSocket& socket, Context& /*context*/) {
  for (;;) {
    const auto message = co_await socket.receive();
    if (!message) {
      co_return;
    }
    socket.post(message->payload + "!");
    if (message->payload == "bye") {
      socket.close(wire::CloseCode::kNormal, "as asked");
    }
  }
}

// Sends figures as fast as it can, of two topics, until the peer leaves.
io::Task<void> flood(WebSocket& socket, Context& context) {
  for (int i = 0; i < 2000 && socket.is_open(); ++i) {
    const std::string text = std::to_string(i) + " " + std::string(1000, 'x');
    socket.post(text, context.request.query == "topic" ? "figures" : "");
    if (i % 100 == 0) {
      const auto slept = co_await context.loop.sleep_for(base::Millis(1));
      if (!slept) {
        co_return;
      }
    }
  }
  socket.post("last");
  base::ignore(co_await socket.receive(), "it only waits for the end");
}

// What a client of ours does, and what it heard.
struct Tale {
  std::vector<std::string> heard = {};
  std::uint16_t close_code = 0;
  base::Code failure = base::Code::kInternal;  // kInternal: the handshake succeeded
  base::Nanos took{0};
};

struct ChatScript {
  std::string target = "/shout";
  std::vector<std::string> says = {};
  std::size_t hears_max = 100000;  // then it closes
  base::Nanos starts_reading_after{0};
};

io::Task<void> chat(io::Loop* loop, base::SocketAddress to, ChatScript script, Tale* tale) {
  const base::MonoTime start = loop->now();
  // Named: g++ 12 copies a braced argument of an awaited call by its bytes.
  WebSocketRequest request{.to = to, .host = "a", .target = script.target};
  request.deadline = start + base::Seconds(5);
  const WebSocketOptions options;
  auto client = co_await open_websocket(loop, std::move(request), options);
  if (!client) {
    tale->failure = client.error().code;
    co_return;
  }
  WebSocket& socket = (*client)->socket();
  for (const std::string& text : script.says) {
    socket.post(text);
  }
  const auto slept = co_await loop->sleep_for(script.starts_reading_after);
  base::ignore(slept, "nobody cancels it");
  bool goes_on = true;
  while (goes_on) {
    auto message = co_await socket.receive();
    goes_on = message.has_value();
    if (goes_on) {
      tale->heard.push_back(std::move(message->payload));
      if (tale->heard.size() == script.hears_max || tale->heard.back() == "last") {
        socket.close(wire::CloseCode::kNormal, "");
      }
    }
  }
  tale->close_code = socket.peer_close_code();
  tale->took = loop->now() - start;
  co_await socket.finish();
}

class WebSocketTest : public ServerForTest {
 protected:
  WebSocketTest() {
    router_.add(style_,
                websocket_route("/shout", {}, with_limits({.message_bytes = 100'000}), &shout));
    router_.add(style_, websocket_route("/flood", {}, with_limits({.queue_messages = 8}), &flood));
    router_.add(style_,
                websocket_route("/strict", {},
                                {.queue_messages = 8, .overflow = QueueOverflow::kClose}, &flood));
  }
  WebSocketOptions with_limits(WebSocketOptions options) {
    options.limits = &limits_;
    return options;
  }
  Tale chat_with(ChatScript script) {
    server();
    Tale tale;
    loop_->run_until_done(chat(loop_.get(), address_, std::move(script), &tale));
    return tale;
  }
  static std::string handshake(std::string_view version = "13") {
    return fmt::format(
        "GET /shout HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: keep-alive, "
        "Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: {}\r\n\r\n",
        version);
  }
  base::LimitMeters limits_{meters_};

  // What follows the head of a 101.
  static std::string frames(const ClientTale& tale) {
    return tale.received.substr(tale.received.find("\r\n\r\n") + 4);
  }
};

TEST_F(WebSocketTest, SpeaksBothWays) {
  const Tale tale = chat_with({.says = {"a", "", "b", "bye"}});
  EXPECT_THAT(tale.heard, ElementsAre("a!", "!", "b!", "bye!"));
  EXPECT_EQ(tale.close_code, 1000);
  EXPECT_LT(tale.took, base::Millis(100));
}

TEST_F(WebSocketTest, CarriesMessagesLargerThanABuffer) {
  const std::string large(99'000, 'x');
  EXPECT_THAT(chat_with({.says = {large, "bye"}}).heard, ElementsAre(large + "!", "bye!"));
}

TEST_F(WebSocketTest, AnswersTheSampleHandshake) {
  const ClientTale tale = talk({.pieces = {handshake() + "\x88\x80" + std::string(4, '\0')}});
  EXPECT_THAT(tale.received, StartsWith("HTTP/1.1 101 Switching Protocols\r\n"));
  EXPECT_THAT(tale.received, HasSubstr("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
  EXPECT_TRUE(tale.is_ended);
}

TEST_F(WebSocketTest, RefusesWhatIsNoHandshake) {
  EXPECT_THAT(ask("GET /shout HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
              StartsWith("HTTP/1.1 400 "));
  const std::string other_version = talk({.pieces = {handshake("8")}}).received;
  EXPECT_THAT(other_version, StartsWith("HTTP/1.1 426 "));
  EXPECT_THAT(other_version, HasSubstr("Sec-WebSocket-Version: 13\r\n"));
  EXPECT_EQ(chat_with({.target = "/nothing"}).failure, base::Code::kForbidden);
}

TEST_F(WebSocketTest, AnswersAPingWithItsPayload) {
  const ClientTale tale = talk({.pieces = {handshake(), "\x89\x82" + std::string(4, '\0') + "hi"},
                                .pause = base::Millis(10),
                                .patience = base::Seconds(5)});
  EXPECT_EQ(frames(tale), "\x8a\x02hi");
}

TEST_F(WebSocketTest, PingsEveryFifteenSecondsAndCutsASilentPeer) {
  const ClientTale tale = talk({.pieces = {handshake()}});
  const std::string close("\x88\x02\x03\xe8", 4);
  EXPECT_EQ(frames(tale), std::string("\x89\x00\x89\x00", 4) + close);
  EXPECT_TRUE(tale.is_ended);
  EXPECT_NEAR(base::to_seconds(tale.took), 41, 1);
}

TEST_F(WebSocketTest, KeepsAPeerThatOnlyAnswersPings) {
  server();
  Tale tale;
  io::TaskScope tasks;
  tasks.spawn("chat", chat(loop_.get(), address_, {}, &tale));
  loop_->run_until_done([](io::Loop* loop) -> io::Task<void> {
    base::ignore(co_await loop->sleep_for(base::Seconds(300)), "nobody cancels it");
  }(loop_.get()));
  EXPECT_EQ(server_->connections(), 1U);
  loop_->run_until_done(await_stop(server_.get(), loop_->now() + base::Seconds(10)));
  loop_->run_until_done(tasks.join());
  EXPECT_EQ(tale.close_code, 1001);
}

TEST_F(WebSocketTest, ClosesOnWhatBreaksTheProtocol) {
  const std::map<std::string, std::string> cases{
      {std::string("\x81\x01x", 3), "\x03\xea"},                            // not masked: 1002
      {std::string("\xc1\x80\0\0\0\0", 6), "\x03\xea"},                     // reserved bit: 1002
      {std::string("\x81\x81\0\0\0\0\xff", 7), "\x03\xef"},                 // not UTF-8: 1007
      {std::string("\x81\xff\0\0\0\0\0\x0f\0\0\0\0\0\0", 14), "\x03\xf1"},  // too large: 1009
  };
  for (const auto& [bytes, code] : cases) {
    const ClientTale tale = talk({.pieces = {handshake(), bytes}, .pause = base::Millis(10)});
    EXPECT_EQ(frames(tale), "\x88\x02" + code);
    EXPECT_TRUE(tale.is_ended);
    EXPECT_LT(tale.took, base::Seconds(3));
  }
  EXPECT_EQ(reached("websocket_message_bytes"), 1U);
}

TEST_F(WebSocketTest, DropsTheOldestForASlowReader) {
  const Tale tale = chat_with({.target = "/flood", .starts_reading_after = base::Seconds(5)});
  EXPECT_THAT(tale.heard, SizeIs(testing::Lt(500U)));
  EXPECT_EQ(tale.heard.back(), "last");
  EXPECT_GT(reached("websocket_queue"), 0U);
}

TEST_F(WebSocketTest, SendsOnlyTheNewestOfATopicToASlowReader) {
  const Tale tale = chat_with({.target = "/flood?topic", .starts_reading_after = base::Seconds(5)});
  ASSERT_GE(tale.heard.size(), 2U);
  EXPECT_THAT(tale.heard, SizeIs(testing::Lt(500U)));
  EXPECT_EQ(tale.heard.back(), "last");
  EXPECT_THAT(tale.heard[tale.heard.size() - 2], StartsWith("1999 "));
}

TEST_F(WebSocketTest, CutsASlowReaderOfAStreamWithoutGaps) {
  const Tale tale = chat_with({.target = "/strict", .starts_reading_after = base::Seconds(5)});
  ASSERT_FALSE(tale.heard.empty());
  EXPECT_NE(tale.heard.back(), "last");
  EXPECT_EQ(reached("websocket_queue"), 1U) << "counted by the server, the route names no meters";
  for (std::size_t i = 0; i < tale.heard.size(); ++i) {
    EXPECT_THAT(tale.heard[i], StartsWith(std::to_string(i) + " "));
  }
}

TEST_F(WebSocketTest, CutsAReaderThatTakesNothingForHalfAMinute) {
  server();
  const ClientTale tale = [&] {
    ClientTale told;
    std::string request = handshake();
    request.replace(request.find("/shout"), 6, "/flood");
    io::TaskScope tasks;
    // Connects, asks and never reads.
    tasks.spawn("deaf",
                [](io::Loop* loop, base::SocketAddress to, std::string text, Server* server,
                   ClientTale* out) -> io::Task<void> {
                  auto socket = co_await io::connect(*loop, to, loop->now() + base::Seconds(5));
                  EXPECT_TRUE(socket);
                  base::ignore(co_await socket->send(text, loop->now() + base::Seconds(5)),
                               "it fits");
                  base::ignore(co_await loop->sleep_for(base::Seconds(50)), "nobody cancels it");
                  out->is_ended = server->connections() == 0;
                }(loop_.get(), address_, request, server_.get(), &told));
    loop_->run_until_done(tasks.join());
    return told;
  }();
  EXPECT_TRUE(tale.is_ended);
  EXPECT_EQ(reached("stall_ms"), 1U);
}

TEST_F(WebSocketTest, TakesItsLimitsFromThoseOfTheProcess) {
  base::Limits limits;
  limits.set(base::Limit::kWebsocketMessageBytes, 2'000);
  limits.set(base::Limit::kWebsocketQueue, 3);
  limits.set(base::Limit::kStallMillis, 700);
  const WebSocketOptions options = websocket_options(limits);
  EXPECT_EQ(options.message_bytes, 2'000U);
  EXPECT_EQ(options.queue_messages, 3U);
  EXPECT_EQ(options.progress_timeout, base::Millis(700));
}

TEST_F(WebSocketTest, OutlivesEveryFaultOfTheNetwork) {
  io::SimLink& link = network_.default_link();
  link.reset_rate = 0.03;
  link.half_close_rate = 0.03;
  link.short_rate = 0.5;
  for (int round = 0; round < 200; ++round) {
    chat_with({.says = {"a", std::string(5000, 'x'), "b", "bye"}});
    chat_with({.target = "/flood", .hears_max = 5});
  }
  link = {};
  EXPECT_THAT(chat_with({.says = {"bye"}}).heard, ElementsAre("bye!"));
}

TEST(WebSocketQueue, PutsANewerMessageInThePlaceOfItsTopic) {
  WebSocketQueue queue(3, QueueOverflow::kDropOldest);
  const auto text = [](const char* t) { return std::make_shared<const std::string>(t); };
  EXPECT_EQ(queue.post(text("a1"), "a"), Posted::kQueued);
  EXPECT_EQ(queue.post(text("x"), ""), Posted::kQueued);
  EXPECT_EQ(queue.post(text("a2"), "a"), Posted::kReplaced);
  EXPECT_EQ(queue.post(text("x"), ""), Posted::kQueued);
  EXPECT_EQ(queue.post(text("y"), ""), Posted::kDropped);
  EXPECT_EQ(queue.lost(), 1U);
  EXPECT_EQ(*queue.take()->text, "x");
  EXPECT_EQ(*queue.take()->text, "x");
  EXPECT_EQ(*queue.take()->text, "y");
  EXPECT_FALSE(queue.take().has_value());
}

TEST(WebSocketQueue, RefusesWhenGapsAreNotAllowed) {
  WebSocketQueue queue(1, QueueOverflow::kClose);
  EXPECT_EQ(queue.post(std::make_shared<const std::string>("a"), ""), Posted::kQueued);
  EXPECT_EQ(queue.post(std::make_shared<const std::string>("b"), ""), Posted::kRefused);
  EXPECT_EQ(*queue.take()->text, "a");
}

}  // namespace
}  // namespace weft::http
