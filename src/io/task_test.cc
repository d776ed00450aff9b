#include "io/task.h"

#include "io/driver_fixture_for_test.h"
#include "io/event.h"

#include <gtest/gtest.h>

namespace weft::io {
namespace {

using namespace std::chrono_literals;

class TaskTest : public testing::Test {
 protected:
  std::unique_ptr<Loop> loop_ = make_loop_for_test("epoll");
};

Task<int> add_one(int value) { co_return value + 1; }

Task<void> count_up(int times, int* total) {
  for (int i = 0; i < times; ++i) {
    *total = co_await add_one(*total);
  }
}

TEST_F(TaskTest, AMillionTasksThatNeverWaitNeedNoStack) {
  int total = 0;
  loop_->run_until_done(count_up(1'000'000, &total));
  EXPECT_EQ(total, 1'000'000);
}

Task<int> depth(int left, Loop* loop) {
  if (left == 0) {
    static_cast<void>(co_await loop->sleep_for(1ms));
    co_return 0;
  }
  co_return 1 + co_await depth(left - 1, loop);
}

Task<void> note_depth(int left, Loop* loop, int* out) { *out = co_await depth(left, loop); }

TEST_F(TaskTest, ADeepChainUnwindsAfterItsInnermostWait) {
  int out = 0;
  loop_->run_until_done(note_depth(1000, loop_.get(), &out));
  EXPECT_EQ(out, 1000);
}

Task<void> never_started(bool* ran) {
  *ran = true;
  co_return;
}

TEST_F(TaskTest, ATaskIsLazyAndMayBeDroppedUnstarted) {
  bool ran = false;
  {
    const auto task = never_started(&ran);
  }
  EXPECT_FALSE(ran);
}

Task<void> stop_scope(TaskScope* scope) { co_await scope->stop(); }

TEST_F(TaskTest, AStoppedScopeRefusesWork) {
  TaskScope scope;
  loop_->run_until_done(stop_scope(&scope));
  bool ran = false;
  scope.spawn("late", never_started(&ran));
  EXPECT_FALSE(ran);
  EXPECT_EQ(scope.size(), 0U);
}

Task<void> sleep_long(Loop* loop, base::Code* code) {
  *code = code_for_test(co_await loop->sleep_for(1h));
}

Task<void> run_inner_scope(Loop* loop, base::Code* inner, base::Code* outer) {
  TaskScope scope;
  scope.spawn("inner", sleep_long(loop, inner));
  *outer = code_for_test(co_await loop->sleep_for(1h));
  co_await scope.stop();
}

TEST_F(TaskTest, ACancelledTaskStopsTheScopeItOwns) {
  TaskScope scope;
  base::Code inner{};
  base::Code outer{};
  scope.spawn("outer", run_inner_scope(loop_.get(), &inner, &outer));
  loop_->run_until_done(stop_after(loop_.get(), &scope, 1ms));
  EXPECT_EQ(outer, base::Code::kCancelled);
  EXPECT_EQ(inner, base::Code::kCancelled);
}

Task<void> own_scope_until_joined(Loop* loop, TaskScope** shown, base::Code* code) {
  auto scope = std::make_unique<TaskScope>();
  *shown = scope.get();
  scope->spawn("a", sleep_long(loop, code));
  scope->spawn("b", sleep_long(loop, code));
  co_await scope->join();
}

TEST_F(TaskTest, AScopeMayEndItsLifeWhileItIsCancelled) {
  TaskScope scope;
  TaskScope* shown = nullptr;
  base::Code code{};
  scope.spawn("owner", own_scope_until_joined(loop_.get(), &shown, &code));
  shown->cancel();  // the joiner runs inside and destroys the scope
  EXPECT_EQ(scope.size(), 0U);
  EXPECT_EQ(code, base::Code::kCancelled);
}

Task<void> wait_then_spawn(Event* event, TaskScope* scope, Loop* loop, base::Code* code) {
  static_cast<void>(co_await event->wait());
  scope->spawn("late", sleep_long(loop, code));
}

TEST_F(TaskTest, StoppingReachesEveryOneOfTenThousandTasks) {
  TaskScope scope;
  base::Code code{};
  for (int i = 0; i < 10'000; ++i) {
    scope.spawn("sleep", sleep_long(loop_.get(), &code));
  }
  Event event(*loop_);
  base::Code late{};
  scope.spawn("spawns", wait_then_spawn(&event, &scope, loop_.get(), &late));
  EXPECT_EQ(scope.size(), 10'001U);
  loop_->run_until_done(stop_scope(&scope));
  EXPECT_EQ(scope.size(), 0U);
  EXPECT_EQ(late, base::Code{});  // refused: the scope was stopping
}

Task<void> note_context(const char** name, bool* cancelled) {
  const TaskContext& context = co_await current_context();
  *name = context.name;
  *cancelled = context.cancelled;
}

Task<void> ask_in_a_child(const char** name, bool* cancelled) {
  co_await note_context(name, cancelled);
}

TEST_F(TaskTest, AnAwaitedTaskRunsInTheContextOfItsRoot) {
  TaskScope scope;
  const char* name = nullptr;
  bool cancelled = true;
  scope.spawn("root", ask_in_a_child(&name, &cancelled));
  EXPECT_STREQ(name, "root");
  EXPECT_FALSE(cancelled);
}

}  // namespace
}  // namespace weft::io
