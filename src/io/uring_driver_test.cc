// What the io_uring driver has beyond the contract: a ring that belongs to one thread, and buffers
// lent to the kernel. Skipped where the kernel does not offer io_uring.
#include "io/uring_driver.h"

#include "io/driver_fixture_for_test.h"
#include "io/thread.h"
#include "io/uring_driver_buffers.h"

#include <gtest/gtest.h>

#include <string>

namespace weft::io {
namespace {

using namespace std::chrono_literals;

class UringTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!make_driver(DriverKind::kUring)) {
      GTEST_SKIP() << "no io_uring here";
    }
  }
};

TEST_F(UringTest, TheDriverIsChosenByNameAndAutoPrefersIt) {
  EXPECT_EQ((*make_driver(DriverKind::kAuto))->name(), "uring");
  EXPECT_EQ((*make_driver(DriverKind::kEpoll))->name(), "epoll");
  EXPECT_EQ(*parse_driver_kind("auto"), DriverKind::kAuto);
  EXPECT_EQ(*parse_driver_kind("uring"), DriverKind::kUring);
  EXPECT_EQ(*parse_driver_kind("epoll"), DriverKind::kEpoll);
  EXPECT_FALSE(parse_driver_kind("kqueue"));
}

TEST_F(UringTest, ALoopMadeHereRunsThereAndGoesHereWithoutHarmToAnother) {
  auto ours = make_loop_for_test("uring");
  static_cast<void>(make_pair_for_test(*ours));  // our ring is registered with this thread
  int ran = 0;
  {
    LoopThread worker(make_loop_for_test("uring"));
    worker.start();
    worker.loop().post([&ran] { ++ran; });
    worker.stop();
  }
  EXPECT_EQ(ran, 1);
  EXPECT_TRUE(make_pair_for_test(*ours).server);
}

TEST_F(UringTest, WhatIsStartedAndCancelledBeforeTheFirstTurnNeverReachesTheKernel) {
  auto loop = make_loop_for_test("uring");
  auto listener = listen(*loop, *base::parse_socket_address("127.0.0.1:0"), {});
  TaskScope scope;
  base::Code code{};
  scope.spawn("accept", accept_into_code(&*listener, &code));
  scope.cancel();
  EXPECT_EQ(code, base::Code::kCancelled);
  listener->close();
  loop->turn_once(loop->now());
}

Task<void> accept_one(Listener* listener, int* count) {
  const auto accepted = co_await listener->accept();
  *count += accepted ? 1 : 0;
}

Task<void> connect_and_linger(Loop* loop, base::SocketAddress to) {
  const auto socket = co_await connect(*loop, to, loop->now() + 5s);
  EXPECT_TRUE(socket);
  static_cast<void>(co_await loop->sleep_for(5ms));
}

TEST_F(UringTest, MoreWaitsThanTheRingHoldsMayStartBeforeTheFirstTurn) {
  constexpr int kCount = 1500;
  auto loop = make_loop_for_test("uring");
  std::vector<Listener> listeners;
  TaskScope scope;
  int count = 0;
  listeners.reserve(kCount);
  for (int i = 0; i < kCount; ++i) {
    listeners.push_back(*listen(*loop, *base::parse_socket_address("127.0.0.1:0"), {}));
    scope.spawn("accept", accept_one(&listeners.back(), &count));
  }
  loop->run_until_done(connect_and_linger(loop.get(), listeners.back().local_address()));
  EXPECT_EQ(count, 1);
  scope.cancel();
  EXPECT_EQ(scope.size(), 0U);
}

Task<void> recv_pooled_once(Socket* socket, Buffer* buffer) {
  const auto count = co_await socket->recv_pooled(*buffer, socket->loop().now() + 5s);
  EXPECT_TRUE(count) << base::describe(count.error());
}

TEST_F(UringTest, MoreReceivesThanLentBuffersAreServedInTurn) {
  constexpr std::size_t kCount = 3 * UringBuffers::kSlots;
  auto loop = make_loop_for_test("uring");
  std::vector<StreamPair> pairs;
  std::vector<Buffer> buffers(kCount);
  pairs.reserve(kCount);
  for (std::size_t i = 0; i < kCount; ++i) {
    pairs.push_back(make_pair_for_test(*loop));
  }
  TaskScope scope;
  for (std::size_t i = 0; i < kCount; ++i) {
    scope.spawn("recv", recv_pooled_once(&pairs[i].server, &buffers[i]));
  }
  for (std::size_t i = 0; i < kCount; ++i) {
    scope.spawn("send", send_text(&pairs[i].client, "message " + std::to_string(i)));
  }
  loop->run_until_done(scope.join());
  for (std::size_t i = 0; i < kCount; ++i) {
    EXPECT_EQ(buffers[i].view(), "message " + std::to_string(i));
  }
}

Task<void> send_large(Socket* socket) {
  const std::string much(64 << 20, 'x');
  const auto sent = co_await socket->send(much, socket->loop().now() + 20ms);
  EXPECT_FALSE(sent) << "nobody takes it";
}

// Reads once, and looks how many buffers are out when much more has arrived.
Task<void> read_once_and_count(Socket* socket, std::size_t* in_use) {
  Buffer buffer;
  EXPECT_TRUE(co_await socket->recv_pooled(buffer, base::kNever));
  static_cast<void>(co_await socket->loop().sleep_for(10ms));
  *in_use = socket->loop().buffers().in_use();
}

TEST_F(UringTest, NothingIsReceivedEarlyWhileManyBuffersAreInUse) {
  auto loop = make_loop_for_test("uring");
  StreamPair pair = make_pair_for_test(*loop);
  Buffer little;  // shows that little comes at a time on this stream
  TaskScope scope;
  scope.spawn("recv", recv_pooled_once(&pair.server, &little));
  scope.spawn("send", send_text(&pair.client, "little"));
  loop->run_until_done(scope.join());
  std::vector<Buffer> held(2048);
  for (Buffer& buffer : held) {
    buffer = loop->buffers().take();
  }
  const std::size_t before = loop->buffers().in_use();
  std::size_t in_use = 0;
  TaskScope large;
  large.spawn("recv", read_once_and_count(&pair.server, &in_use));
  large.spawn("send", send_large(&pair.client));
  loop->run_until_done(large.join());
  EXPECT_EQ(in_use, before + 1);
}

}  // namespace
}  // namespace weft::io
