#include "io/task.h"

namespace weft::io {

// The outermost frame: owns the context and the task, leaves the scope when the task has ended.
// It destroys itself, so nobody holds a handle to it.
struct TaskScope::Root {
  struct promise_type {
    TaskContext* context = nullptr;
    TaskContext own_context;

    static void* operator new(std::size_t bytes) { return allocate_frame(bytes); }
    static void operator delete(void* frame, std::size_t bytes) noexcept {
      free_frame(frame, bytes);
    }
    promise_type(TaskScope* scope, const char* name, Task<void>& /*task*/) {
      own_context.name = name;
      own_context.scope = scope;
      context = &own_context;
      scope->add(own_context);
    }
    Root get_return_object() noexcept { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { WEFT_ASSERT(false && "exception left a task"); }
    ~promise_type() { own_context.scope->remove(own_context); }
  };
};

TaskScope::Root TaskScope::run_root(TaskScope* /*scope*/, const char* /*name*/, Task<void> task) {
  co_await std::move(task);
  // The frame of the task goes before the scope hears of the end.
  task = Task<void>();
}

void TaskScope::spawn(const char* name, Task<void> task) {
  if (stopping_) {
    return;
  }
  run_root(this, name, std::move(task));
}

void TaskScope::add(TaskContext& context) {
  context.next = first_;
  if (first_ != nullptr) {
    first_->prev = &context;
  }
  first_ = &context;
  ++size_;
}

void TaskScope::remove(TaskContext& context) {
  if (context.prev != nullptr) {
    context.prev->next = context.next;
  } else {
    first_ = context.next;
  }
  if (context.next != nullptr) {
    context.next->prev = context.prev;
  }
  --size_;
  if (cancel_next_ == &context) {
    cancel_next_ = context.next;
  }
  if (size_ == 0 && !cancelling_) {
    say_empty();
  }
}

// The last thing done with a scope: its waiter may destroy it.
void TaskScope::say_empty() {
  if (on_empty_) {
    std::exchange(on_empty_, {}).resume();
  }
}

void TaskScope::cancel() {
  // A cancelled wait may end its task at once, and others with it: mark all first, then walk with a
  // cursor that remove() keeps valid.
  for (TaskContext* context = first_; context != nullptr; context = context->next) {
    context->cancelled = true;
  }
  cancel_next_ = first_;
  if (std::exchange(cancelling_, true)) {
    return;  // called by a task that is being cancelled: the walk below it starts over
  }
  while (cancel_next_ != nullptr) {
    TaskContext& context = *std::exchange(cancel_next_, cancel_next_->next);
    if (context.pending != nullptr) {
      std::exchange(context.pending, nullptr)->cancel_wait();
    }
  }
  cancelling_ = false;
  if (size_ == 0) {
    say_empty();
  }
}

struct TaskScope::Emptied {
  TaskScope& scope;
  bool await_ready() noexcept { return scope.size_ == 0; }
  void await_suspend(std::coroutine_handle<> handle) noexcept {
    WEFT_ASSERT(!scope.on_empty_);  // one waiter at a time
    scope.on_empty_ = handle;
  }
  void await_resume() noexcept {}
};

Task<void> TaskScope::join() { co_await Emptied{*this}; }

Task<void> TaskScope::stop() {
  stopping_ = true;
  cancel();
  co_await Emptied{*this};
}

}  // namespace weft::io
