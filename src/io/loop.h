// Loop: one thread's turn of waiting, timers and messages. Everything that belongs to a loop is
// touched by its thread only; other threads reach it through post() and Mailbox.
#pragma once

#include "base/random.h"
#include "base/time.h"
#include "io/buffer.h"
#include "io/driver.h"
#include "io/task.h"
#include "io/timer_wheel.h"

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace weft::io {

class Watchdog;
struct Sleep;  // NOLINT(cppcoreguidelines-virtual-class-destructor): see below

// Thread: its loop (the thread that calls run()), except post() and stop_soon().
class Loop final : public base::Clock {
 public:
  Loop(std::unique_ptr<Driver> driver, std::string name, std::uint64_t seed);
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  ~Loop() override;

  // Turns until stop_soon().
  void run();
  // One turn; waits at most until `deadline`. For tests and for run().
  void turn_once(base::MonoTime deadline);
  // Turns until `task` has ended. For tests and short programs.
  void run_until_done(Task<void> task);

  // Ends run() after the current turn. Thread: any.
  void stop_soon();
  // Runs `message` on the loop's thread in a coming turn, in order. Thread: any.
  void post(std::move_only_function<void()> message);

  base::MonoTime now() const override { return now_; }  // changes once per turn
  base::WallTime wall_now() const override { return driver_->wall_now(); }
  base::Random& random() { return random_; }
  BufferPool& buffers() { return buffers_; }
  Driver& driver() { return *driver_; }
  const std::string& name() const { return name_; }
  TimerWheel& timers() { return timers_; }

  // How long the turn before this one took, waiting left out: whatever became ready in it has
  // waited up to that long.
  base::Nanos last_turn() const { return last_turn_; }

  // Tells `watchdog` of every turn; null: nobody. For Watchdog.
  void watch_turns(Watchdog* watchdog) { watchdog_ = watchdog; }

  // `co_await loop.sleep_until(t)`: Result<void>; kCancelled when cut short.
  Sleep sleep_until(base::MonoTime deadline);
  Sleep sleep_for(base::Nanos duration);

  // For awaiters: starts `op`; true when the coroutine must stay suspended.
  bool begin(Operation& op, std::coroutine_handle<> handle, TaskContext* context) {
    op.context = context;
    // Without a channel: its socket was closed by somebody else.
    if (context->cancelled || op.channel == nullptr) [[unlikely]] {
      op.result = -kCancelledErrno;
      return false;
    }
    if (driver_->start(op)) {
      if (--inline_budget_ > 0) {
        return false;
      }
      defer(op, handle);
      return true;
    }
    op.handle = handle;
    context->pending = &op;
    if (op.deadline.deadline != base::kNever) {
      op.deadline.operation = &op;
      op.deadline.fire = &Loop::expire;
      timers_.add(op.deadline);
    }
    return true;
  }

  // For drivers: ends a waiting operation and resumes its coroutine. `op` is gone afterwards.
  void finish(Operation& op, std::int64_t result) {
    op.result = result;
    if (op.deadline.is_linked()) {
      timers_.remove(op.deadline);
    }
    op.context->pending = nullptr;
    resume(op.handle, op.context);
  }

  // For drivers: the wait is over and this is the time; called before operations complete.
  void wake_up_at(base::MonoTime now) { now_ = now; }

  // Resumes a coroutine of this loop with a fresh inline budget.
  void resume(std::coroutine_handle<> handle, const TaskContext* context) {
    running_ = context->name;
    inline_budget_ = kInlineBudget;
    handle.resume();
  }

 private:
  // How many operations a coroutine may complete in place before others get their turn.
  static constexpr int kInlineBudget = 64;
  static constexpr std::int64_t kCancelledErrno = 125;  // ECANCELED

  static void expire(Timer& timer);
  void defer(Operation& op, std::coroutine_handle<> handle);
  void run_deferred();
  void run_messages();

  std::unique_ptr<Driver> driver_;
  std::string name_;
  base::MonoTime now_;
  base::Nanos last_turn_{0};
  TimerWheel timers_;
  BufferPool buffers_;
  base::Random random_;
  int inline_budget_ = kInlineBudget;
  const char* running_ = "";
  Operation* deferred_first_ = nullptr;
  Operation* deferred_last_ = nullptr;
  Watchdog* watchdog_ = nullptr;
  bool stopping_ = false;

  std::mutex inbox_mutex_;
  std::vector<std::move_only_function<void()>> inbox_;  // guarded by inbox_mutex_
  std::vector<std::move_only_function<void()>> taken_;
};

// A wait for a point in time. Result: kCancelled when cut short.
// Final and never deleted through Waiter, so its destructor need not be virtual.
struct [[nodiscard]] Sleep final : Waiter {
  struct Wake : Timer {
    Sleep* sleep = nullptr;
  } wake;
  Loop* loop = nullptr;
  TaskContext* context = nullptr;
  std::coroutine_handle<> handle;
  bool cancelled = false;

  Sleep(Loop& on, base::MonoTime deadline) : loop(&on) { wake.deadline = deadline; }
  bool await_ready() noexcept { return false; }
  template <class P>
  bool await_suspend(std::coroutine_handle<P> waiting) {
    handle = waiting;
    context = waiting.promise().context;
    if (context->cancelled) {
      cancelled = true;
      return false;
    }
    context->pending = this;
    wake.sleep = this;
    wake.fire = &Sleep::fire;
    loop->timers().add(wake);
    return true;
  }
  base::Result<void> await_resume() const {
    if (cancelled) {
      return base::fail(base::Code::kCancelled, "sleep was cancelled");
    }
    return {};
  }
  void cancel_wait() override {
    loop->timers().remove(wake);
    cancelled = true;
    end();
  }

 private:
  static void fire(Timer& timer) { static_cast<Wake&>(timer).sleep->end(); }
  void end() {
    context->pending = nullptr;
    loop->resume(handle, context);
  }
};

inline Sleep Loop::sleep_until(base::MonoTime deadline) { return {*this, deadline}; }
inline Sleep Loop::sleep_for(base::Nanos duration) { return {*this, now_ + duration}; }

}  // namespace weft::io
