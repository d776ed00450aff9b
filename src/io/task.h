// Task<T>: a lazy coroutine. TaskScope: the owner of tasks that run by themselves.
//
// A Task starts when it is awaited and runs on its awaiter's loop. Arguments that outlive the call
// are passed by value (a coroutine keeps references as references). No capturing lambda may be a
// coroutine. A task that completes without waiting costs no stack: the awaiter runs it in place
// and goes on.
//
// No co_await stands inside the condition of an if, while, for or switch: g++ 12 misplaces its
// temporaries there and overwrites the frame. Name the result first:
//   if (const auto sent = co_await socket.send(bytes, deadline); !sent) ...
// And no awaiter made with braces in place owns anything: g++ 12 destroys its members twice. Name
// it.
//
// Every task runs in a TaskContext, made by TaskScope::spawn and inherited by awaited tasks. It
// names the work and knows the one Operation it waits for, so that a scope can cancel it: the
// operation then ends with kCancelled, and so does every later one.
#pragma once

#include "base/check.h"
#include "io/frame_pool.h"

#include <coroutine>
#include <cstdint>
#include <optional>
#include <utility>

namespace weft::io {

class Waiter;
class TaskScope;

// One running root task and what it waits for. Thread: its loop.
struct TaskContext {
  const char* name = "";
  TaskScope* scope = nullptr;
  Waiter* pending = nullptr;  // what it waits for now, or null while it runs
  bool cancelled = false;
  TaskContext* next = nullptr;
  TaskContext* prev = nullptr;
};

// Something a task waits for that can be cut short: an Operation, a Signal, a sleep.
class Waiter {
 public:
  // Ends the wait with kCancelled, now or on a later turn. Called on the waiter's loop.
  virtual void cancel_wait() = 0;

 protected:
  ~Waiter() = default;
};

struct PromiseBase {
  TaskContext* context = nullptr;
  std::coroutine_handle<> continuation;
  enum class State : std::uint8_t { kNotStarted, kInline, kDetachedFromCaller, kDone };
  State state = State::kNotStarted;

  static void* operator new(std::size_t bytes) { return allocate_frame(bytes); }
  static void operator delete(void* frame, std::size_t bytes) noexcept { free_frame(frame, bytes); }

  std::suspend_always initial_suspend() noexcept { return {}; }
  // Exceptions do not cross a room's door; one that reaches here is our bug.
  void unhandled_exception() noexcept { WEFT_ASSERT(false && "exception left a task"); }

  struct FinalAwaiter {
    bool await_ready() noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> self) noexcept {
      PromiseBase& promise = self.promise();
      const bool caller_on_stack = promise.state == State::kInline;
      promise.state = State::kDone;
      if (caller_on_stack || !promise.continuation) {
        return std::noop_coroutine();
      }
      return promise.continuation;
    }
    void await_resume() noexcept {}
  };
  FinalAwaiter final_suspend() noexcept { return {}; }
};

template <class T>
class [[nodiscard]] Task;

template <class T>
struct Promise final : PromiseBase {
  std::optional<T> value;
  Task<T> get_return_object() noexcept;
  template <class U>
  void return_value(U&& result) {
    value.emplace(std::forward<U>(result));
  }
};

template <>
struct Promise<void> final : PromiseBase {
  Task<void> get_return_object() noexcept;
  void return_void() noexcept {}
};

// Owner of one coroutine frame. Movable, awaited at most once.
template <class T = void>
class [[nodiscard]] Task {
 public:
  using promise_type = Promise<T>;
  using Handle = std::coroutine_handle<promise_type>;

  Task() = default;
  explicit Task(Handle handle) : handle_(handle) {}
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      destroy();
      handle_ = std::exchange(other.handle_, {});
    }
    return *this;
  }
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;
  ~Task() { destroy(); }

  struct Awaiter {
    Handle child;
    bool await_ready() noexcept { return false; }
    template <class Parent>
    bool await_suspend(std::coroutine_handle<Parent> parent) {
      auto& promise = child.promise();
      promise.context = parent.promise().context;
      promise.state = PromiseBase::State::kInline;
      child.resume();
      if (promise.state == PromiseBase::State::kDone) {
        return false;  // it never waited; go on in place
      }
      promise.state = PromiseBase::State::kDetachedFromCaller;
      promise.continuation = parent;
      return true;
    }
    T await_resume() {
      if constexpr (!std::is_void_v<T>) {
        // NOLINTNEXTLINE(bugprone-unchecked-optional-access): a task that has ended has its value.
        return std::move(*child.promise().value);
      }
    }
  };
  Awaiter operator co_await() && noexcept { return Awaiter{handle_}; }

 private:
  friend class TaskScope;
  void destroy() {
    if (handle_) {
      handle_.destroy();
    }
  }
  Handle handle_{};
};

template <class T>
Task<T> Promise<T>::get_return_object() noexcept {
  return Task<T>(std::coroutine_handle<Promise<T>>::from_promise(*this));
}
inline Task<void> Promise<void>::get_return_object() noexcept {
  return Task<void>(std::coroutine_handle<Promise<void>>::from_promise(*this));
}

// Owns running tasks. An object that starts work has one; its stop() ends with
// `co_await scope.stop()`. Destroying a scope with work inside asserts.
// Thread: its loop.
class TaskScope final {
 public:
  TaskScope() = default;
  TaskScope(const TaskScope&) = delete;
  TaskScope& operator=(const TaskScope&) = delete;
  ~TaskScope() { WEFT_ASSERT(first_ == nullptr); }

  // Starts `task` now; it runs until its first wait before this returns. A stopping scope drops
  // the task unstarted. `name` is static text, shown by the watchdog.
  void spawn(const char* name, Task<void> task);

  // Cancels what runs, refuses new work and waits until the last task has ended.
  Task<void> stop();

  // Waits until the last task has ended by itself.
  Task<void> join();

  // Cancels what runs; does not wait.
  void cancel();

  std::size_t size() const { return size_; }
  bool is_stopping() const { return stopping_; }

 private:
  struct Root;  // the outermost frame of a spawned task
  struct Emptied;

  void add(TaskContext& context);
  void remove(TaskContext& context);
  void say_empty();
  static Root run_root(TaskScope* scope, const char* name, Task<void> task);

  TaskContext* first_ = nullptr;
  std::size_t size_ = 0;
  bool stopping_ = false;
  bool cancelling_ = false;
  TaskContext* cancel_next_ = nullptr;  // where the walk of cancel() goes on
  std::coroutine_handle<> on_empty_;
};

// `co_await current_context()`: the context of the running task. Never null inside a task.
struct CurrentContext {
  TaskContext* context = nullptr;
  bool await_ready() noexcept { return false; }
  template <class P>
  bool await_suspend(std::coroutine_handle<P> handle) noexcept {
    context = handle.promise().context;
    return false;
  }
  TaskContext& await_resume() noexcept { return *context; }
};
inline CurrentContext current_context() { return {}; }

}  // namespace weft::io
