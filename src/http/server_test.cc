#include "http/server.h"

#include "http/endpoint.h"
#include "http/server_for_test.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weft::http {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

struct AnyBody {
  json::value body;

  static constexpr auto kFields = base::fields(base::field("body").whole_body());
};
BOOST_DESCRIBE_STRUCT(AnyBody, (), (body))

io::Task<Response> hello(Context& /*context*/) { co_return text_response("hello"); }

io::Task<Response> echo(Context& context) { co_return text_response(context.request.body); }

io::Task<Response> slow(Context& context) {
  const auto slept = co_await context.loop.sleep_for(base::Seconds(2));
  co_return text_response(slept ? "slept" : "cancelled");
}

io::Task<Response> big(Context& /*context*/) {
  co_return text_response(std::string(1024 * 1024, 'x'));
}

io::Task<base::Result<>> write_three(BodyWriter& out) {
  for (const char* piece : {"one", "", "two", "three"}) {
    WEFT_CO_TRY_VOID(co_await out.write(piece));
  }
  co_return base::Result<>{};
}

io::Task<base::Result<>> write_and_fail(BodyWriter& out) {
  WEFT_CO_TRY_VOID(co_await out.write("half"));
  co_return base::fail(base::Code::kIo, "the rest is lost");
}

io::Task<Response> stream(Context& context) {
  Response response;
  response.body = StreamBody(context.request.query == "fail" ? &write_and_fail : &write_three);
  co_return response;
}

io::Task<void> shout_back(ServerConnection* connection) {
  io::Buffer& in = connection->in();
  for (;;) {
    if (!in.empty()) {
      const std::string text = std::string(in.view()) + "!";
      in.consume(in.size());
      const auto sent = co_await connection->socket().send(text, connection->progress_deadline());
      if (!sent) {
        co_return;
      }
    }
    const auto count = co_await connection->read_more(connection->progress_deadline());
    if (!count || *count == 0) {
      base::ignore(co_await connection->socket().send("bye", connection->progress_deadline()),
                   "nobody may be left to hear it");
      co_return;
    }
  }
}

io::Task<Response> upgrade_by_hand(Context& /*context*/) {
  Response response;
  response.status = 101;
  response.headers.add("Upgrade", "shout");
  response.takeover = &shout_back;
  co_return response;
}

class ServerTest : public ServerForTest {
 protected:
  ServerTest() {
    router_.add(style_, raw_route("GET", "/hello", {}, &hello));
    router_.add(style_, raw_route("POST", "/echo", {}, &echo));
    router_.add(style_, raw_route("GET", "/slow", {}, &slow));
    router_.add(style_, raw_route("GET", "/big", {}, &big));
    router_.add(style_, raw_route("GET", "/stream", {}, &stream));
    router_.add(style_, raw_route("GET", "/upgrade", {}, &upgrade_by_hand));
  }
};

std::string get(std::string_view target, std::string_view more = "") {
  return fmt::format("GET {} HTTP/1.1\r\nHost: a\r\n{}\r\n", target, more);
}

std::string post(std::string_view body, std::string_view more = "") {
  return fmt::format("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n{}\r\n{}",
                     body.size(), more, body);
}

constexpr std::string_view kClose = "Connection: close\r\n";

TEST_F(ServerTest, AnswersWithLengthDateAndType) {
  const std::string answer = ask(get("/hello", kClose));
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\nDate: "));
  EXPECT_THAT(
      answer,
      HasSubstr(
          " GMT\r\nX-Content-Type-Options: nosniff\r\nContent-Type: text/plain; charset=utf-8\r\n"
          "Content-Length: 5\r\nConnection: close\r\n\r\nhello"));
}

// Consul CVE-2020-25864, CVE-2024-10086: a page made of what somebody stored.
TEST_F(ServerTest, LetsNoBrowserGuessWhatAnAnswerIs) {
  for (const std::string_view target : {"/hello", "/nobody", "/%zz"}) {
    const std::string answer = ask(get(target, kClose));
    EXPECT_THAT(answer, HasSubstr("\r\nX-Content-Type-Options: nosniff\r\n"));
    EXPECT_THAT(answer, HasSubstr("\r\nContent-Type: "));
  }
  EXPECT_THAT(ask("GET / HTTP/1.1\r\n\r\n"), HasSubstr("\r\nX-Content-Type-Options: nosniff\r\n"));
}

TEST_F(ServerTest, KeepsTheConnectionAndAnswersAPipelineInOrder) {
  const ClientTale tale = talk({.pieces = {get("/slow") + post("a") + get("/hello", kClose)}});
  const std::size_t slept = tale.received.find("slept");
  const std::size_t echoed = tale.received.find("\r\n\r\na");
  const std::size_t greeted = tale.received.find("hello");
  EXPECT_LT(slept, echoed);
  EXPECT_LT(echoed, greeted);
  EXPECT_NE(greeted, std::string::npos);
  EXPECT_TRUE(tale.is_ended);
}

TEST_F(ServerTest, ClosesAConnectionThatIdles) {
  const ClientTale tale = talk({.pieces = {get("/hello")}});
  EXPECT_THAT(tale.received, EndsWith("hello"));
  EXPECT_TRUE(tale.is_ended);
  EXPECT_NEAR(base::to_seconds(tale.took), 60, 1);
  EXPECT_EQ(reached("idle_ms"), 1U);
}

TEST_F(ServerTest, LeavesTheBodyOutOfAnAnswerToHead) {
  EXPECT_THAT(ask("HEAD /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
              EndsWith("Content-Length: 5\r\nConnection: close\r\n\r\n"));
}

TEST_F(ServerTest, ReadsABodyInAnyPieces) {
  const std::string request =
      "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
      "3\r\nabc\r\n5;x=y\r\ndefgh\r\n0\r\nT: 1\r\n\r\n";
  EXPECT_THAT(ask(request), EndsWith("\r\n\r\nabcdefgh"));
  ClientScript byte_by_byte;
  for (const char c : request) {
    byte_by_byte.pieces.emplace_back(1, c);
  }
  byte_by_byte.pause = base::Millis(1);
  EXPECT_THAT(talk(byte_by_byte).received, EndsWith("\r\n\r\nabcdefgh"));
  EXPECT_THAT(ask(post(std::string(300'000, 'x'), kClose)),
              EndsWith("\r\n\r\n" + std::string(300'000, 'x')));
}

TEST_F(ServerTest, SaysContinueOnlyToThoseWhoWait) {
  const std::string head =
      "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n"
      "Connection: close\r\n\r\n";
  EXPECT_THAT(talk({.pieces = {head, "ok"}, .pause = base::Millis(10)}).received,
              StartsWith("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(ask(head + "ok"), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(ServerTest, RefusesWhatIsAmbiguousAndCloses) {
  for (const char* bad :
       {"GET /hello HTTP/1.1\r\nHost : a\r\n\r\n", "GET /hello HTTP/1.1\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "\x16\x03\x01\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"}) {
    const ClientTale tale = talk({.pieces = {bad + get("/hello")}});
    EXPECT_THAT(tale.received, StartsWith("HTTP/1.1 400 Bad Request\r\n")) << bad;
    EXPECT_THAT(tale.received, HasSubstr("Connection: close\r\n")) << bad;
    EXPECT_THAT(tale.received, Not(HasSubstr("hello"))) << bad;
    EXPECT_LT(tale.took, base::Seconds(2));
  }
  EXPECT_THAT(ask("GET /hello HTTP/2.0\r\nHost: a\r\n\r\n"), StartsWith("HTTP/1.1 505 "));
}

TEST_F(ServerTest, BoundsHeadAndTarget) {
  EXPECT_THAT(ask(get("/hello", "X: " + std::string(70'000, 'x') + "\r\n")),
              StartsWith("HTTP/1.1 431 "));
  EXPECT_THAT(ask(get("/" + std::string(9'000, 'x'))), StartsWith("HTTP/1.1 414 "));
  options_.body_bytes = 10;
  EXPECT_EQ(reached("head_bytes"), 1U);
  EXPECT_EQ(reached("uri_bytes"), 1U);
}

TEST_F(ServerTest, BoundsTheNumberOfFields) {
  std::string head = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (std::size_t i = 0; i < base::default_of(base::Limit::kHeadFields); ++i) {
    head += "X: y\r\n";
  }
  EXPECT_THAT(ask(head + "\r\n"), StartsWith("HTTP/1.1 431 "));
  EXPECT_EQ(reached("head_fields"), 1U);
  EXPECT_EQ(reached("head_bytes"), 0U);
}

TEST_F(ServerTest, BoundsTheDepthOfABodyOfJson) {
  options_.json.depth = 3;
  router_.add(style_, endpoint<AnyBody, json::value>(
                          "POST", "/json", {"What it is sent", "test"},
                          [](Context&, const AnyBody& asked) -> base::Result<json::value> {
                            return asked.body;
                          }));
  const auto send = [this](std::string_view body) {
    return ask(fmt::format("POST /json HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n{}\r\n{}",
                           body.size(), kClose, body));
  };
  EXPECT_THAT(send("[[[1]]]"), StartsWith("HTTP/1.1 200 "));
  EXPECT_EQ(reached("json_depth"), 0U);
  EXPECT_THAT(send("[[[[1]]]]"), StartsWith("HTTP/1.1 422 "));
  EXPECT_EQ(reached("json_depth"), 1U);
}

TEST_F(ServerTest, TakesItsLimitsFromThoseOfTheProcess) {
  base::Limits limits;
  limits.set(base::Limit::kHeadBytes, 2'000);
  limits.set(base::Limit::kHeadFields, 20);
  limits.set(base::Limit::kUriBytes, 300);
  limits.set(base::Limit::kBodyBytes, 1'500);
  limits.set(base::Limit::kJsonDepth, 5);
  limits.set(base::Limit::kStallMillis, 700);
  limits.set(base::Limit::kIdleMillis, 900);
  limits.set(base::Limit::kControlConnections, 9);
  const ServerOptions options = server_options(limits);
  EXPECT_EQ(options.connection.head.head_bytes, 2'000U);
  EXPECT_EQ(options.connection.head.header_count, 20U);
  EXPECT_EQ(options.connection.head.uri_bytes, 300U);
  EXPECT_EQ(options.body_bytes, 1'500U);
  EXPECT_EQ(options.json.depth, 5U);
  EXPECT_EQ(options.connection.head_timeout, base::Millis(700));
  EXPECT_EQ(options.connection.progress_timeout, base::Millis(700));
  EXPECT_EQ(options.connection.idle_timeout, base::Millis(900));
  EXPECT_EQ(options.connections_max, 9U);
}

// Consul CVE-2020-7219, CVE-2025-11374, CVE-2025-11375.
TEST_F(ServerTest, RefusesABodyBeyondTheLimitHoweverItIsSent) {
  options_.body_bytes = 10;
  EXPECT_THAT(ask(post("1234567890", kClose)), EndsWith("1234567890"));
  EXPECT_THAT(ask(post("12345678901")), StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(ask("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                  "b\r\n12345678901\r\n0\r\n\r\n"),
              StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(ask("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n"
                  "Expect: 100-continue\r\n\r\n"),
              StartsWith("HTTP/1.1 413 "));
  EXPECT_EQ(reached("body_bytes"), 3U);
}

// Consul CVE-2025-11375.
TEST_F(ServerTest, CutsAClientThatStallsInAHeadOrABody) {
  ClientTale tale = talk({.pieces = {"GET /hello HT"}});
  EXPECT_THAT(tale.received, StartsWith("HTTP/1.1 408 Request Timeout\r\n"));
  EXPECT_THAT(tale.received, HasSubstr("the head of the request did not arrive in time"));
  EXPECT_NEAR(base::to_seconds(tale.took), 30, 2);
  tale = talk({.pieces = {"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc"}});
  EXPECT_THAT(tale.received, StartsWith("HTTP/1.1 408 Request Timeout\r\n"));
  EXPECT_THAT(tale.received, HasSubstr("the body of the request stopped arriving"));
  EXPECT_NEAR(base::to_seconds(tale.took), 30, 2);
  EXPECT_EQ(reached("stall_ms"), 2U);
}

TEST_F(ServerTest, GivesAHeadThirtySecondsHoweverItTrickles) {
  ClientScript trickle;
  for (int i = 0; i < 40; ++i) {
    trickle.pieces.push_back(i == 0 ? "GET / HTTP/1.1\r\n" : "A: b\r\n");
  }
  trickle.pause = base::Seconds(1);
  EXPECT_THAT(talk(trickle).received, StartsWith("HTTP/1.1 408 "));
}

TEST_F(ServerTest, SendsNothingToWhoSaysNothing) {
  const ClientTale tale = talk({});
  EXPECT_EQ(tale.received, "");
  EXPECT_TRUE(tale.is_ended);
}

TEST_F(ServerTest, SendsALargeAnswerWhole) {
  const std::string answer = ask(get("/big", kClose));
  EXPECT_EQ(answer.size() - answer.find("\r\n\r\n") - 4, 1024U * 1024);
}

TEST_F(ServerTest, StreamsInChunksAndTowardsOldClientsUntilTheEnd) {
  const std::string answer = ask(get("/stream", kClose));
  EXPECT_THAT(answer, HasSubstr("Transfer-Encoding: chunked\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n3\r\none\r\n3\r\ntwo\r\n5\r\nthree\r\n0\r\n\r\n"));
  const std::string old = ask("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_THAT(old, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(old, EndsWith("\r\n\r\nonetwothree"));
}

TEST_F(ServerTest, CutsTheConnectionWhenAStreamFails) {
  const ClientTale tale = talk({.pieces = {get("/stream?fail")}});
  EXPECT_THAT(tale.received, EndsWith("4\r\nhalf\r\n"));
  EXPECT_TRUE(tale.is_ended);
}

TEST_F(ServerTest, KeepsAnOldConnectionOnlyWhenAsked) {
  EXPECT_THAT(ask("GET /hello HTTP/1.0\r\n\r\n"), HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(ask("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"),
              HasSubstr("Connection: keep-alive\r\n"));
}

TEST_F(ServerTest, HandsTheConnectionOverAfter101) {
  const ClientTale tale = talk({.pieces = {get("/upgrade") + "early", "late"},
                                .pause = base::Millis(10),
                                .patience = base::Seconds(5)});
  EXPECT_THAT(tale.received, StartsWith("HTTP/1.1 101 Switching Protocols\r\n"));
  EXPECT_THAT(tale.received, EndsWith("Upgrade: shout\r\nConnection: Upgrade\r\n\r\nearly!late!"));
  EXPECT_FALSE(tale.is_ended);
}

TEST_F(ServerTest, ClosesConnectionsBeyondItsLimit) {
  options_.connections_max = 1;
  server();
  ClientTale first;
  ClientTale second;
  io::TaskScope clients;
  clients.spawn("first", play(loop_.get(), address_, {.pieces = {get("/slow", kClose)}}, &first));
  clients.spawn("second", play(loop_.get(), address_, {.pieces = {get("/hello")}}, &second));
  loop_->run_until_done(clients.join());
  EXPECT_THAT(first.received, EndsWith("slept"));
  EXPECT_EQ(second.received, "");
  EXPECT_EQ(reached("control_connections"), 1U);
}

// A stop one second after clients began to talk, with `patience` for what runs.
struct StopScript {
  io::Loop* loop;
  Server* server;
  base::Nanos patience;
};

io::Task<void> stop_after_a_second(StopScript script) {
  base::ignore(co_await script.loop->sleep_for(base::Seconds(1)), "nobody cancels it");
  co_await script.server->stop(script.loop->now() + script.patience);
}

TEST_F(ServerTest, LetsARunningRequestEndWhenItStops) {
  server();
  ClientTale busy;
  ClientTale idle;
  io::TaskScope tasks;
  tasks.spawn("busy", play(loop_.get(), address_, {.pieces = {get("/slow")}}, &busy));
  tasks.spawn("idle", play(loop_.get(), address_, {.pieces = {get("/hello")}}, &idle));
  tasks.spawn("stop", stop_after_a_second({loop_.get(), server_.get(), base::Seconds(30)}));
  loop_->run_until_done(tasks.join());
  EXPECT_THAT(busy.received, EndsWith("Connection: close\r\n\r\nslept"));
  EXPECT_THAT(idle.received, EndsWith("hello"));
  EXPECT_TRUE(idle.is_ended);
  EXPECT_LT(idle.took, base::Seconds(2));
  EXPECT_EQ(server_->connections(), 0U);
  EXPECT_LT(loop_->now(), base::MonoTime(base::Seconds(20)));
}

TEST_F(ServerTest, CutsWhatRunsPastTheDeadlineOfItsStop) {
  server();
  ClientTale busy;
  io::TaskScope tasks;
  tasks.spawn("busy", play(loop_.get(), address_, {.pieces = {get("/slow")}}, &busy));
  tasks.spawn("stop", stop_after_a_second({loop_.get(), server_.get(), base::Millis(100)}));
  loop_->run_until_done(tasks.join());
  EXPECT_THAT(busy.received, Not(HasSubstr("slept")));
  EXPECT_TRUE(busy.is_ended);
  EXPECT_LT(busy.took, base::Millis(1500));
}

TEST_F(ServerTest, TellsAnUpgradedConnectionThatItStops) {
  server();
  ClientTale tale;
  io::TaskScope tasks;
  tasks.spawn("shout", play(loop_.get(), address_, {.pieces = {get("/upgrade")}}, &tale));
  tasks.spawn("stop", stop_after_a_second({loop_.get(), server_.get(), base::Seconds(30)}));
  loop_->run_until_done(tasks.join());
  EXPECT_THAT(tale.received, EndsWith("bye"));
  EXPECT_LT(tale.took, base::Seconds(2));
}

TEST_F(ServerTest, LogsAnAnswerThatIsItsOwnFault) {
  router_.add(style_, raw_route("GET", "/broken", {}, [](Context& context) {
                struct Broken {
                  static io::Task<Response> make(Context& /*asked*/) {
                    co_return text_response("", 503);
                  }
                };
                return Broken::make(context);
              }));
  ask(get("/broken", kClose));
  EXPECT_THAT(lines_.str(), HasSubstr("request failed role=control method=GET path=/broken"));
}

TEST_F(ServerTest, OutlivesEveryFaultOfTheNetwork) {
  io::SimLink& link = network_.default_link();
  link.reset_rate = 0.05;
  link.half_close_rate = 0.05;
  link.short_rate = 0.5;
  link.delay_rate = 0.2;
  for (int round = 0; round < 200; ++round) {
    talk({.pieces = {get("/hello") + post("abc"), post(std::string(20'000, 'x')), get("/big")},
          .patience = base::Seconds(100)});
  }
  link = {};
  EXPECT_THAT(ask(get("/hello", kClose)), EndsWith("hello"));
  loop_->run_until_done(await_stop(server_.get(), loop_->now() + base::Seconds(100)));
  EXPECT_EQ(server_->connections(), 0U);
}

}  // namespace
}  // namespace weft::http
