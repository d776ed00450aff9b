// RFC 7766: lengths before messages, several queries on a connection, and who is cut.
#include "dns/tcp_listener.h"

#include "dns/server_fixture_for_test.h"

#include <gtest/gtest.h>

#include <string>

namespace weft::dns {
namespace {

using namespace std::chrono_literals;

class TcpServing : public Serving {
 protected:
  void SetUp() override {
    options_.tcp.idle = 5s;
    zone_ = make_zone_for_test({service_for_test("web", 2), service_for_test("many", 3000)});
  }
  std::string framed(std::string_view question, std::uint16_t id = 1) const {
    return framed_for_test(query_message(question, {.id = id}));
  }

  ServerOptions options_;
  std::shared_ptr<const Zone> zone_;
};

INSTANTIATE_TEST_SUITE_P(Drivers, TcpServing, testing::ValuesIn(io::real_driver_names_for_test()),
                         [](const auto& test) { return std::string(test.param); });

TEST_P(TcpServing, QueriesThatComeTogetherAreAnsweredInTheirOrder) {
  serve(zone_, options_);
  std::string bytes;
  for (std::uint16_t i = 0; i < 200; ++i) {
    bytes += framed(i % 2 == 0 ? "web.service.consul A" : "nobody.service.consul A", i);
  }
  const auto answers = ask_stream(bytes, 200);
  ASSERT_EQ(answers.size(), 200U);
  for (std::uint16_t i = 0; i < 200; ++i) {
    const AnswerText answer = read_answer(answers[i]);
    EXPECT_EQ(answer.id, i);
    EXPECT_EQ(answer.rcode, i % 2 == 0 ? "NOERROR" : "NXDOMAIN");
  }
}

TEST_P(TcpServing, LargeAnswersFollowOneAnother) {
  serve(zone_, options_);
  std::string bytes;
  for (std::uint16_t i = 0; i < 20; ++i) {
    bytes += framed("many.service.consul A", i);
  }
  const auto answers = ask_stream(bytes, 20);
  ASSERT_EQ(answers.size(), 20U);
  EXPECT_EQ(read_answer(answers.back()).answer.size(), 3000U);
  EXPECT_EQ(read_answer(answers.back()).id, 19);
}

io::Task<void> send_slowly(io::Loop* loop, base::SocketAddress to, std::string bytes,
                           std::string* answer) {
  const base::MonoTime deadline = loop->now() + kPatienceForTest;
  auto socket = co_await io::connect(*loop, to, deadline);
  EXPECT_TRUE(socket);
  for (const char& byte : bytes) {
    EXPECT_TRUE(co_await socket->send({&byte, 1}, deadline));
    EXPECT_TRUE(co_await loop->sleep_for(100us));
  }
  std::array<char, 512> room{};
  const auto count = co_await socket->recv(room, deadline);
  EXPECT_TRUE(count);
  answer->assign(room.data(), count.value_or(0));
}

TEST_P(TcpServing, AQueryMayComeByteByByte) {
  serve(zone_, options_);
  std::string answer;
  loop_->run_until_done(
      send_slowly(loop_.get(), address_, framed("web.service.consul A"), &answer));
  ASSERT_GT(answer.size(), 2U);
  EXPECT_EQ(read_answer(answer.substr(2)).answer.size(), 2U);
}

TEST_P(TcpServing, RubbishEndsTheConnection) {
  serve(zone_, options_);
  const std::string good = framed("web.service.consul A");
  // What came before it is answered or not; nothing behind it is.
  for (const std::string& bad : {std::string("\0\0", 2), framed_for_test("short"),
                                 std::string("\xff\xff", 2), std::string("\x10\x01", 2)}) {
    EXPECT_EQ(ask_stream(bad + good, 1).size(), 0U);
    EXPECT_LE(ask_stream(good + bad + good, 2).size(), 1U);
  }
  EXPECT_EQ(read_answer(
                ask_stream(framed_for_test(query_message("web.service.consul A").substr(0, 20)), 1)
                    .front())
                .rcode,
            "FORMERR");
  EXPECT_EQ(ask_by_tcp("web.service.consul A").answer.size(), 2U);
  EXPECT_GE(meter("weft_dns_dropped_total", "rubbish"), 8U);
}

io::Task<void> hold(io::Loop* loop, base::SocketAddress to, std::string bytes, base::Code* end) {
  const base::MonoTime deadline = loop->now() + kPatienceForTest;
  auto socket = co_await io::connect(*loop, to, deadline);
  EXPECT_TRUE(socket);
  if (!bytes.empty()) {
    EXPECT_TRUE(co_await socket->send(bytes, deadline));
  }
  std::array<char, 512> room{};
  const auto count = co_await socket->recv(room, deadline);
  *end = count ? (*count == 0 ? base::Code::kClosed : base::Code::kInternal) : count.error().code;
}

TEST_P(TcpServing, WhoIsIdleIsClosedAndWhoStallsAsWell) {
  options_.tcp.idle = 20ms;
  serve(zone_, options_);
  base::Code end{};
  loop_->run_until_done(hold(loop_.get(), address_, "", &end));
  EXPECT_EQ(end, base::Code::kClosed);
  EXPECT_EQ(meter("weft_dns_dropped_total", "stalled"), 0U);
  loop_->run_until_done(hold(loop_.get(), address_, std::string("\0\x1d\x12", 3), &end));
  EXPECT_TRUE(end == base::Code::kClosed || end == base::Code::kReset);
  EXPECT_EQ(meter("weft_dns_dropped_total", "stalled"), 1U);
}

io::Task<void> hold_open(io::Loop* loop, base::SocketAddress to, io::Socket* out) {
  auto socket = co_await io::connect(*loop, to, loop->now() + kPatienceForTest);
  EXPECT_TRUE(socket);
  *out = std::move(*socket);
}

TEST_P(TcpServing, AClientHasSoManyConnectionsAndAllHaveSoMany) {
  options_.tcp.per_client_max = 2;
  serve(zone_, options_);
  std::vector<io::Socket> open(2);
  for (io::Socket& socket : open) {
    loop_->run_until_done(hold_open(loop_.get(), address_, &socket));
  }
  base::Code end{};
  loop_->run_until_done(hold(loop_.get(), address_, "", &end));
  EXPECT_EQ(end, base::Code::kClosed);
  EXPECT_EQ(meter("weft_dns_dropped_total", "connections"), 1U);
  EXPECT_EQ(meter("weft_dns_connections"), 2U);
  open.clear();
  while (meter("weft_dns_connections") > 0) {
    loop_->turn_once(loop_->now() + 10ms);
  }
  EXPECT_EQ(ask_by_tcp("web.service.consul A").answer.size(), 2U);
}

TEST_P(TcpServing, ThereIsAMostOfAllConnections) {
  options_.tcp.connections_max = 1;
  serve(zone_, options_);
  io::Socket open;
  loop_->run_until_done(hold_open(loop_.get(), address_, &open));
  base::Code end{};
  loop_->run_until_done(hold(loop_.get(), address_, "", &end));
  EXPECT_EQ(end, base::Code::kClosed);
}

TEST_P(TcpServing, StopEndsConnectionsThatAreOpen) {
  serve(zone_, options_);
  io::Socket open;
  loop_->run_until_done(hold_open(loop_.get(), address_, &open));
  while (meter("weft_dns_connections") == 0) {
    loop_->turn_once(loop_->now() + 10ms);
  }
  loop_->run_until_done(server_->stop());
  EXPECT_EQ(meter("weft_dns_connections"), 0U);
}

}  // namespace
}  // namespace weft::dns
