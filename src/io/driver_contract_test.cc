// What every driver promises, run against each of them (style.md §8).
#include "io/driver_fixture_for_test.h"
#include "io/event.h"
#include "io/socket.h"

#include <gtest/gtest.h>

#include <string>

namespace weft::io {
namespace {

using namespace std::chrono_literals;

class DriverContract : public testing::TestWithParam<const char*> {
 protected:
  std::unique_ptr<Loop> loop_ = make_loop_for_test(GetParam());
};

INSTANTIATE_TEST_SUITE_P(Drivers, DriverContract, testing::ValuesIn(driver_names_for_test()),
                         [](const auto& test) { return std::string(test.param); });

Task<void> echo_once(Loop* loop, Listener* listener) {
  auto accepted = co_await listener->accept();
  EXPECT_TRUE(accepted);
  if (!accepted) {
    co_return;
  }
  Buffer buffer;
  auto count = co_await accepted->socket.recv_pooled(buffer, loop->now() + 5s);
  EXPECT_TRUE(count);
  const auto sent = co_await accepted->socket.send(buffer.view(), loop->now() + 5s);
  EXPECT_TRUE(sent);
}

Task<void> call_once(Loop* loop, base::SocketAddress address, std::string* answer) {
  auto socket = co_await connect(*loop, address, loop->now() + 5s);
  EXPECT_TRUE(socket) << base::describe(socket.error());
  if (!socket) {
    co_return;
  }
  const auto sent = co_await socket->send("hello", loop->now() + 5s);
  EXPECT_TRUE(sent);
  for (;;) {
    std::array<char, 64> bytes{};
    auto count = co_await socket->recv(bytes, loop->now() + 5s);
    EXPECT_TRUE(count);
    if (!count || *count == 0) {
      co_return;
    }
    answer->append(bytes.data(), *count);
  }
}

Task<void> join_both(Task<void> a, Task<void> b) {
  TaskScope scope;
  scope.spawn("a", std::move(a));
  scope.spawn("b", std::move(b));
  co_await scope.join();
}

TEST_P(DriverContract, BytesTravelBothWaysAndTheEndIsSeen) {
  auto listener = listen(*loop_, *base::parse_socket_address("127.0.0.1:0"), {});
  ASSERT_TRUE(listener);
  std::string answer;
  loop_->run_until_done(join_both(echo_once(loop_.get(), &*listener),
                                  call_once(loop_.get(), listener->local_address(), &answer)));
  EXPECT_EQ(answer, "hello");
  EXPECT_EQ(loop_->buffers().in_use(), 0U);
}

Task<void> send_much(Loop* loop, base::SocketAddress address, std::size_t bytes) {
  auto socket = co_await connect(*loop, address, loop->now() + 5s);
  EXPECT_TRUE(socket);
  const std::string payload(bytes, 'x');
  const auto sent = co_await socket->send(payload, loop->now() + 10s);
  EXPECT_TRUE(sent);
}

Task<void> count_slowly(Loop* loop, Listener* listener, std::size_t* total) {
  auto accepted = co_await listener->accept();
  std::array<char, 10'000> bytes{};
  for (;;) {
    auto count = co_await accepted->socket.recv(bytes, loop->now() + 10s);
    EXPECT_TRUE(count);
    if (!count || *count == 0) {
      co_return;
    }
    *total += *count;
  }
}

TEST_P(DriverContract, ALargeSendWaitsForRoomAndArrivesWhole) {
  auto listener = listen(*loop_, *base::parse_socket_address("127.0.0.1:0"), {});
  std::size_t total = 0;
  loop_->run_until_done(join_both(count_slowly(loop_.get(), &*listener, &total),
                                  send_much(loop_.get(), listener->local_address(), 20'000'000)));
  EXPECT_EQ(total, 20'000'000U);
}

Task<void> recv_with_deadline(Loop* loop, base::SocketAddress address, base::Code* code) {
  auto socket = co_await connect(*loop, address, loop->now() + 5s);
  std::array<char, 8> bytes{};
  auto count = co_await socket->recv(bytes, loop->now() + 20ms);
  *code = count ? base::Code::kInternal : count.error().code;
}

TEST_P(DriverContract, AWaitEndsWithTimeoutWhenItsDeadlinePasses) {
  auto listener = listen(*loop_, *base::parse_socket_address("127.0.0.1:0"), {});
  base::Code code = base::Code::kInternal;
  loop_->run_until_done(recv_with_deadline(loop_.get(), listener->local_address(), &code));
  EXPECT_EQ(code, base::Code::kTimeout);
}

Task<void> accept_until_cancelled(Listener* listener, base::Code* code) {
  auto accepted = co_await listener->accept();
  *code = accepted ? base::Code::kInternal : accepted.error().code;
}

Task<void> cancel_after_a_while(Loop* loop, Listener* listener, base::Code* code) {
  TaskScope scope;
  scope.spawn("accept", accept_until_cancelled(listener, code));
  const auto slept = co_await loop->sleep_for(5ms);
  EXPECT_TRUE(slept);
  co_await scope.stop();
}

TEST_P(DriverContract, StoppingAScopeCancelsWhatItsTasksWaitFor) {
  auto listener = listen(*loop_, *base::parse_socket_address("127.0.0.1:0"), {});
  base::Code code = base::Code::kInternal;
  loop_->run_until_done(cancel_after_a_while(loop_.get(), &*listener, &code));
  EXPECT_EQ(code, base::Code::kCancelled);
}

Task<void> connect_to(Loop* loop, base::SocketAddress address, base::Error* error) {
  auto socket = co_await connect(*loop, address, loop->now() + 5s);
  EXPECT_FALSE(socket);
  if (!socket) {
    *error = socket.error();
  }
}

TEST_P(DriverContract, AConnectionNobodyAcceptsIsRefusedAndSafeToRetry) {
  auto listener = listen(*loop_, *base::parse_socket_address("127.0.0.1:0"), {});
  const base::SocketAddress address = listener->local_address();
  listener->close();
  base::Error error;
  loop_->run_until_done(connect_to(loop_.get(), address, &error));
  EXPECT_EQ(error.code, base::Code::kRefused);
  EXPECT_EQ(error.side, base::Side::kBackend);
  EXPECT_EQ(error.retry, base::Retry::kSafe);
}

Task<void> idle_then_stale(Loop* loop, Listener* listener, bool* fresh, bool* stale) {
  auto client = co_await connect(*loop, listener->local_address(), loop->now() + 5s);
  auto server = co_await listener->accept();
  *fresh = !client->is_stale();
  server->socket.close();
  static_cast<void>(co_await loop->sleep_for(20ms));
  *stale = client->is_stale();
}

TEST_P(DriverContract, AnIdleStreamWhosePeerLeftIsStale) {
  auto listener = listen(*loop_, *base::parse_socket_address("127.0.0.1:0"), {});
  bool fresh = false;
  bool stale = false;
  loop_->run_until_done(idle_then_stale(loop_.get(), &*listener, &fresh, &stale));
  EXPECT_TRUE(fresh);
  EXPECT_TRUE(stale);
}

TEST_P(DriverContract, TwoListenersOnOneAddressNeedReusePort) {
  auto first = listen(*loop_, *base::parse_socket_address("127.0.0.1:0"), {});
  ASSERT_TRUE(first);
  auto second = listen(*loop_, first->local_address(), {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, base::Code::kAddressInUse);
}

Task<void> ping(Loop* loop, Event* event, std::vector<int>* order) {
  order->push_back(1);
  const auto waited = co_await event->wait(loop->now() + 5s);
  EXPECT_TRUE(waited);
  order->push_back(3);
}

Task<void> pong(Loop* loop, Event* event, std::vector<int>* order) {
  static_cast<void>(co_await loop->sleep_for(1ms));
  order->push_back(2);
  event->notify_all();
}

TEST_P(DriverContract, AnEventResumesItsWaiters) {
  Event event(*loop_);
  std::vector<int> order;
  loop_->run_until_done(
      join_both(ping(loop_.get(), &event, &order), pong(loop_.get(), &event, &order)));
  EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
}

}  // namespace
}  // namespace weft::io
