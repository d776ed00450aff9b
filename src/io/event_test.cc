#include "io/event.h"

#include "io/driver_fixture_for_test.h"

#include <gtest/gtest.h>

namespace weft::io {
namespace {

using namespace std::chrono_literals;

Task<void> wait_and_note(Event* event, base::MonoTime deadline, int name, std::vector<int>* order,
                         base::Code* code) {
  *code = code_for_test(co_await event->wait(deadline));
  order->push_back(name);
}

class EventTest : public testing::Test {
 protected:
  void wait(TaskScope& scope, int name, base::MonoTime deadline = base::kNever) {
    scope.spawn("wait", wait_and_note(&event_, deadline, name, &order_, &code_));
  }

  std::unique_ptr<Loop> loop_ = make_loop_for_test("epoll");
  Event event_{*loop_};
  std::vector<int> order_;
  base::Code code_{};
};

TEST_F(EventTest, WaitersAreResumedInTheOrderTheyCame) {
  TaskScope scope;
  for (int i = 0; i < 3; ++i) {
    wait(scope, i);
  }
  event_.notify_one();
  EXPECT_EQ(order_, (std::vector<int>{0}));
  event_.notify_all();
  EXPECT_EQ(order_, (std::vector<int>{0, 1, 2}));
  EXPECT_EQ(scope.size(), 0U);
  EXPECT_FALSE(event_.has_waiters());
}

TEST_F(EventTest, NothingIsRemembered) {
  TaskScope scope;
  event_.notify_all();
  wait(scope, 0, loop_->now() + 5ms);
  loop_->run_until_done(scope.join());
  EXPECT_EQ(code_, base::Code::kTimeout);
}

TEST_F(EventTest, AWaiterIsCancelledWithItsScope) {
  TaskScope scope;
  TaskScope other;
  wait(other, 1);
  wait(scope, 0);
  wait(other, 2);
  scope.cancel();
  EXPECT_EQ(code_, base::Code::kCancelled);
  event_.notify_all();
  EXPECT_EQ(order_, (std::vector<int>{0, 1, 2}));
}

Task<void> wait_forever(Event* event, int* times) {
  for (;;) {
    const auto notified = co_await event->wait();
    if (!notified) {
      co_return;
    }
    ++*times;
  }
}

TEST_F(EventTest, AWaiterThatWaitsAgainIsNotMeantTwice) {
  TaskScope scope;
  int times = 0;
  scope.spawn("a", wait_forever(&event_, &times));
  scope.spawn("b", wait_forever(&event_, &times));
  event_.notify_all();
  EXPECT_EQ(times, 2);
  scope.cancel();
}

Task<void> wait_then_cancel(Event* event, TaskScope* victim) {
  EXPECT_TRUE(co_await event->wait());
  victim->cancel();
}

TEST_F(EventTest, AWaiterMayCancelTheLastOneWhileAllAreNotified) {
  TaskScope scope;
  TaskScope again;
  TaskScope last;
  int times = 0;
  scope.spawn("cancels", wait_then_cancel(&event_, &last));
  again.spawn("again", wait_forever(&event_, &times));
  wait(last, 9);
  event_.notify_all();
  EXPECT_EQ(code_, base::Code::kCancelled);
  EXPECT_EQ(times, 1);
  again.cancel();
}

Task<void> wait_then_destroy(std::unique_ptr<Event>* event) {
  EXPECT_TRUE(co_await (*event)->wait());
  event->reset();
}

TEST_F(EventTest, TheLastWaiterMayDestroyTheEvent) {
  TaskScope scope;
  auto event = std::make_unique<Event>(*loop_);
  scope.spawn("destroys", wait_then_destroy(&event));
  event->notify_all();
  EXPECT_EQ(event, nullptr);
}

}  // namespace
}  // namespace weft::io
