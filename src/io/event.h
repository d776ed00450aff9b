// Event: coroutines of one loop wait until another part of the same loop says so.
#pragma once

#include "base/result.h"
#include "io/loop.h"

namespace weft::io {

// Waiters are resumed in the order they came, each in the call that notified it.
// A waiter that may be too late checks its condition first: nothing is remembered.
// Thread: its loop.
class Event final {
 public:
  explicit Event(Loop& loop) : loop_(loop) {}
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() { WEFT_ASSERT(first_ == nullptr); }

  // `co_await event.wait(deadline)`: Result<void>; kTimeout, kCancelled.
  class Wait;  // NOLINT(cppcoreguidelines-virtual-class-destructor): see below
  Wait wait(base::MonoTime deadline = base::kNever);

  // Resumes everybody who waits now.
  void notify_all();
  // Resumes the one who waits longest, if any.
  void notify_one();
  bool has_waiters() const { return first_ != nullptr; }

 private:
  Loop& loop_;
  Wait* first_ = nullptr;
  Wait* last_ = nullptr;
  std::uint64_t tickets_ = 0;  // given to waiters so far
};

// Final and never deleted through Waiter, so its destructor need not be virtual.
class [[nodiscard]] Event::Wait final : public Waiter {
 public:
  Wait(Event& event, base::MonoTime deadline) : event_(event) { timer_.deadline = deadline; }
  bool await_ready() noexcept { return false; }
  template <class P>
  bool await_suspend(std::coroutine_handle<P> handle) {
    handle_ = handle;
    context_ = handle.promise().context;
    if (context_->cancelled) {
      outcome_ = base::Code::kCancelled;
      return false;
    }
    link();
    return true;
  }
  base::Result<void> await_resume() const {
    if (outcome_ == base::Code::kInternal) {
      return {};
    }
    return base::fail(outcome_, "wait for an event");
  }
  void cancel_wait() override { end(base::Code::kCancelled); }

 private:
  friend class Event;
  struct Expiry : Timer {
    Wait* wait = nullptr;
  };
  static void expire(Timer& timer);
  void link();
  void end(base::Code outcome);

  Event& event_;
  Expiry timer_;
  TaskContext* context_ = nullptr;
  std::coroutine_handle<> handle_;
  base::Code outcome_ = base::Code::kInternal;  // kInternal: notified
  std::uint64_t ticket_ = 0;
  Wait* next_ = nullptr;
  Wait* prev_ = nullptr;
};

inline Event::Wait Event::wait(base::MonoTime deadline) { return {*this, deadline}; }

}  // namespace weft::io
