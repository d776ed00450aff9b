// What every driver promises about waits that are cut short: by a deadline, by a scope, by closing.
#include "io/driver_fixture_for_test.h"

#include <gtest/gtest.h>

#include <string>

namespace weft::io {
namespace {

using namespace std::chrono_literals;

class DriverCancel : public testing::TestWithParam<const char*> {
 protected:
  std::unique_ptr<Loop> loop_ = make_loop_for_test(GetParam());
  StreamPair pair_ = make_pair_for_test(*loop_);
};

INSTANTIATE_TEST_SUITE_P(Drivers, DriverCancel, testing::ValuesIn(driver_names_for_test()),
                         [](const auto& test) { return std::string(test.param); });

constexpr std::size_t kMoreThanBuffersHold = 64 << 20;  // bytes

Task<void> recv_into_code(Socket* socket, base::MonoTime deadline, base::Code* code) {
  std::array<char, 8> bytes{};
  *code = code_for_test(co_await socket->recv(bytes, deadline));
}

Task<void> recv_pooled_into_code(Socket* socket, base::MonoTime deadline, base::Code* code) {
  Buffer buffer;
  *code = code_for_test(co_await socket->recv_pooled(buffer, deadline));
  EXPECT_FALSE(buffer);
}

Task<void> send_much_into_code(Socket* socket, base::MonoTime deadline, base::Code* code) {
  const std::string bytes(kMoreThanBuffersHold, 'x');
  *code = code_for_test(co_await socket->send(bytes, deadline));
}

Task<void> recv_text(Socket* socket, base::MonoTime deadline, std::string* text) {
  std::array<char, 64> bytes{};
  const auto count = co_await socket->recv(bytes, deadline);
  EXPECT_TRUE(count);
  text->assign(bytes.data(), count.value_or(0));
}

TEST_P(DriverCancel, AReceiveEndsAtItsDeadlineAndLosesNothing) {
  base::Code code{};
  loop_->run_until_done(recv_into_code(&pair_.client, loop_->now() + 10ms, &code));
  EXPECT_EQ(code, base::Code::kTimeout);
  loop_->run_until_done(recv_pooled_into_code(&pair_.client, loop_->now() + 10ms, &code));
  EXPECT_EQ(code, base::Code::kTimeout);
  std::string text;
  loop_->run_until_done(join_both(recv_text(&pair_.client, loop_->now() + 5s, &text),
                                  send_text(&pair_.server, "later")));
  EXPECT_EQ(text, "later");
}

TEST_P(DriverCancel, ASendThePeerDoesNotReadEndsAtItsDeadline) {
  base::Code code{};
  loop_->run_until_done(send_much_into_code(&pair_.client, loop_->now() + 20ms, &code));
  EXPECT_EQ(code, base::Code::kTimeout);
}

TEST_P(DriverCancel, AScopeCancelsBothDirectionsOfAStream) {
  TaskScope scope;
  base::Code recv_code{};
  base::Code send_code{};
  scope.spawn("recv", recv_pooled_into_code(&pair_.client, loop_->now() + 5s, &recv_code));
  scope.spawn("send", send_much_into_code(&pair_.client, base::kNever, &send_code));
  loop_->run_until_done(stop_after(loop_.get(), &scope, 5ms));
  EXPECT_EQ(recv_code, base::Code::kCancelled);
  EXPECT_EQ(send_code, base::Code::kCancelled);
}

Task<void> recv_sleep_recv(Loop* loop, Socket* socket, std::vector<base::Code>* codes) {
  std::array<char, 8> bytes{};
  codes->push_back(code_for_test(co_await socket->recv(bytes, base::kNever)));
  codes->push_back(code_for_test(co_await loop->sleep_for(5s)));
  codes->push_back(code_for_test(co_await socket->recv(bytes, base::kNever)));
}

TEST_P(DriverCancel, EveryLaterWaitOfACancelledTaskEndsAtOnce) {
  TaskScope scope;
  std::vector<base::Code> codes;
  scope.spawn("task", recv_sleep_recv(loop_.get(), &pair_.client, &codes));
  loop_->run_until_done(stop_after(loop_.get(), &scope, 5ms));
  EXPECT_EQ(codes, std::vector<base::Code>(3, base::Code::kCancelled));
}

Task<void> close_when_peer_ends(Socket* socket) {
  std::array<char, 8> bytes{};
  const auto count = co_await socket->recv(bytes, base::kNever);
  EXPECT_EQ(count, 0U);
  socket->cancel_waits();
  socket->close();
}

Task<void> end_after(Loop* loop, Socket* socket, base::Nanos delay) {
  static_cast<void>(co_await loop->sleep_for(delay));
  socket->shutdown_write();
}

TEST_P(DriverCancel, AStreamMayCloseAtOnceWhenItsOtherWaitIsCancelled) {
  TaskScope scope;
  base::Code send_code{};
  scope.spawn("send", send_much_into_code(&pair_.client, base::kNever, &send_code));
  loop_->run_until_done(
      join_both(close_when_peer_ends(&pair_.client), end_after(loop_.get(), &pair_.server, 5ms)));
  EXPECT_EQ(send_code, base::Code::kCancelled);
  EXPECT_EQ(scope.size(), 0U);
  EXPECT_FALSE(pair_.client);
}

Task<void> drain_until_error(Socket* socket, base::Code* code) {
  std::array<char, 64> bytes{};
  for (;;) {
    const auto count = co_await socket->recv(bytes, base::kNever);
    if (!count) {
      *code = count.error().code;
      co_return;
    }
  }
}

Task<void> close_after(Loop* loop, Socket* socket, base::Nanos delay) {
  static_cast<void>(co_await loop->sleep_for(delay));
  socket->cancel_waits();
  socket->close();
}

TEST_P(DriverCancel, AReaderThatWasBusyFindsItsSocketClosed) {
  base::Code code{};
  TaskScope scope;
  scope.spawn("drain", drain_until_error(&pair_.client, &code));
  scope.spawn("close", close_after(loop_.get(), &pair_.client, 2ms));
  base::Code sent{};
  scope.spawn("send", send_much_into_code(&pair_.server, base::kNever, &sent));
  loop_->run_until_done(scope.join());
  EXPECT_EQ(code, base::Code::kCancelled);
  EXPECT_EQ(sent, base::Code::kReset);
}

TEST_P(DriverCancel, AnAcceptIsCancelledAndTheListenerGoesOn) {
  auto listener = listen(*loop_, *base::parse_socket_address("127.0.0.1:0"), {});
  TaskScope scope;
  base::Code code{};
  scope.spawn("accept", accept_into_code(&*listener, &code));
  loop_->run_until_done(stop_after(loop_.get(), &scope, 5ms));
  EXPECT_EQ(code, base::Code::kCancelled);
  StreamPair pair;
  loop_->run_until_done(connect_pair_into(loop_.get(), &*listener, &pair));
  EXPECT_TRUE(pair.server);
}

Task<void> connect_into(Loop* loop, base::SocketAddress to, base::MonoTime deadline,
                        std::vector<Socket>* sockets, base::Error* error) {
  auto socket = co_await connect(*loop, to, deadline);
  if (socket) {
    sockets->push_back(std::move(*socket));
  } else {
    *error = socket.error();
  }
}

// Fills a listener that nobody accepts from until a further connection has to wait.
void fill_backlog(Loop& loop, const Listener& listener, std::vector<Socket>* sockets) {
  base::Error error;
  for (int i = 0; i < 16 && error.code != base::Code::kTimeout; ++i) {
    loop.run_until_done(
        connect_into(&loop, listener.local_address(), loop.now() + 30ms, sockets, &error));
  }
  ASSERT_EQ(error.code, base::Code::kTimeout);
  EXPECT_EQ(error.side, base::Side::kBackend);
  EXPECT_EQ(error.retry, base::Retry::kSafe);
}

TEST_P(DriverCancel, AConnectionThatIsNotAnsweredEndsByDeadlineOrCancel) {
  ListenOptions options;
  options.backlog = 1;
  auto listener = listen(*loop_, *base::parse_socket_address("127.0.0.1:0"), options);
  std::vector<Socket> sockets;
  fill_backlog(*loop_, *listener, &sockets);
  TaskScope scope;
  base::Error error;
  scope.spawn("connect",
              connect_into(loop_.get(), listener->local_address(), base::kNever, &sockets, &error));
  loop_->run_until_done(stop_after(loop_.get(), &scope, 5ms));
  EXPECT_EQ(error.code, base::Code::kCancelled);
}

}  // namespace
}  // namespace weft::io
