#include "io/loop.h"

#include "io/watchdog.h"

#include <cerrno>

namespace weft::io {

void Operation::cancel_wait() { loop->driver().cancel(*this); }

Loop::Loop(std::unique_ptr<Driver> driver, std::string name, std::uint64_t seed)
    : driver_(std::move(driver)),
      name_(std::move(name)),
      now_(driver_->now()),
      timers_(now_),
      random_(seed) {
  static_assert(kCancelledErrno == ECANCELED);
  driver_->attach(*this);
}

Loop::~Loop() {
  // Messages may hold sockets, and a driver may hold buffers: each goes before what it came from.
  taken_.clear();
  inbox_.clear();
  driver_.reset();
}

void Loop::run() {
  while (!stopping_) {
    turn_once(base::kNever);
  }
  stopping_ = false;
}

void Loop::turn_once(base::MonoTime deadline) {
  base::MonoTime until = std::min(deadline, timers_.next_deadline());
  if (deferred_first_ != nullptr) {
    until = now_;
  }
  running_ = "nothing";
  driver_->turn(until);  // sets now_ through wake_up_at() before it completes operations
  const base::MonoTime woke = now_;
  run_messages();
  run_deferred();
  timers_.advance(now_);
  last_turn_ = driver_->now() - woke;
  if (watchdog_ != nullptr) {
    watchdog_->note_turn(woke, last_turn_, running_);
  }
}

void Loop::run_until_done(Task<void> task) {
  TaskScope scope;
  scope.spawn("main", std::move(task));
  while (scope.size() > 0) {
    turn_once(base::kNever);
  }
}

void Loop::stop_soon() {
  post([this] { stopping_ = true; });
}

void Loop::post(std::move_only_function<void()> message) {
  bool was_empty = false;
  {
    const std::lock_guard lock(inbox_mutex_);
    was_empty = inbox_.empty();
    inbox_.push_back(std::move(message));
  }
  if (was_empty) {
    driver_->wake();
  }
}

void Loop::expire(Timer& timer) {
  Operation& op = *static_cast<Operation::Deadline&>(timer).operation;
  op.timed_out = true;
  op.loop->driver().cancel(op);
}

void Loop::defer(Operation& op, std::coroutine_handle<> handle) {
  op.handle = handle;
  op.next_ready = nullptr;
  if (deferred_last_ != nullptr) {
    deferred_last_->next_ready = &op;
  } else {
    deferred_first_ = &op;
  }
  deferred_last_ = &op;
}

void Loop::run_deferred() {
  Operation* op = std::exchange(deferred_first_, nullptr);
  deferred_last_ = nullptr;
  while (op != nullptr) {
    Operation* next = op->next_ready;  // op is gone once its coroutine runs
    resume(op->handle, op->context);
    op = next;
  }
}

void Loop::run_messages() {
  {
    const std::lock_guard lock(inbox_mutex_);
    taken_.swap(inbox_);
  }
  for (auto& message : taken_) {
    inline_budget_ = kInlineBudget;
    running_ = "message";
    message();
  }
  taken_.clear();
}

}  // namespace weft::io
