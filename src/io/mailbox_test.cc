#include "io/mailbox.h"

#include "io/driver_fixture_for_test.h"
#include "io/sim_world.h"
#include "io/thread.h"

#include <gtest/gtest.h>

#include <array>
#include <thread>

namespace weft::io {
namespace {

struct Letter {
  int sender = 0;
  int number = 0;
};

void send_letters(Mailbox<Letter>& box, int sender, int count) {
  for (int number = 0; number < count; ++number) {
    while (!box.try_post({sender, number})) {
      std::this_thread::yield();
    }
  }
}

TEST(Mailbox, ManyThreadsSendAndEachOnesOrderIsKept) {
  constexpr int kSenders = 4;
  constexpr int kLetters = 20'000;
  auto loop = make_loop_for_test("epoll");
  std::array<int, kSenders> next{};
  int total = 0;
  Mailbox<Letter> box(*loop, 1000, [&](Letter letter) {
    EXPECT_EQ(letter.number, next[static_cast<std::size_t>(letter.sender)]++);
    if (++total == kSenders * kLetters) {
      loop->stop_soon();
    }
  });
  std::vector<std::jthread> senders;
  senders.reserve(kSenders);
  for (int sender = 0; sender < kSenders; ++sender) {
    senders.emplace_back([&box, sender] { send_letters(box, sender, kLetters); });
  }
  loop->run();
  EXPECT_EQ(total, kSenders * kLetters);
}

TEST(Mailbox, AFullBoxRefuses) {
  auto loop = make_loop_for_test("epoll");
  std::vector<int> got;
  Mailbox<int> box(*loop, 2, [&](int value) { got.push_back(value); });
  EXPECT_TRUE(box.try_post(1));
  EXPECT_TRUE(box.try_post(2));
  EXPECT_FALSE(box.try_post(3));
  loop->turn_once(loop->now());
  EXPECT_EQ(got, (std::vector<int>{1, 2}));
  EXPECT_TRUE(box.try_post(4));
}

TEST(Mailbox, MessagesOnTheirWayOutliveTheBox) {
  auto loop = make_loop_for_test("epoll");
  int got = 0;
  {
    Mailbox<int> box(*loop, 2, [&](int value) { got = value; });
    EXPECT_TRUE(box.try_post(7));
  }
  loop->turn_once(loop->now());
  EXPECT_EQ(got, 7);
}

TEST(LoopThread, ALoopThatIsTurnedElsewhereGetsNoThread) {
  SimWorld world(1);
  LoopThread turned(world.add_loop("turned"));
  std::thread::id ran_on;
  turned.loop().post([&] { ran_on = std::this_thread::get_id(); });
  turned.start();
  EXPECT_TRUE(turned.is_running());
  EXPECT_TRUE(world.run_until([&] { return ran_on != std::thread::id{}; }, base::Seconds(1)));
  EXPECT_EQ(ran_on, std::this_thread::get_id());
  turned.stop();
  EXPECT_FALSE(turned.is_running());
}

TEST(LoopThread, RunsItsLoopUntilStopped) {
  LoopThread worker(make_loop_for_test("epoll"));
  std::atomic<int> sum{0};
  worker.start();
  for (int i = 1; i <= 100; ++i) {
    worker.loop().post([&sum, i] { sum += i; });
  }
  worker.stop();
  EXPECT_EQ(sum.load(), 5050);
  EXPECT_GE(usable_processors(), 1U);
}

}  // namespace
}  // namespace weft::io
