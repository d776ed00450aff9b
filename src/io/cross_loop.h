// Work on another loop, awaited from here: the question goes there, the answer comes back.
#pragma once

#include "io/loop.h"
#include "io/task.h"

#include <optional>
#include <type_traits>
#include <utility>

namespace weft::io {

namespace cross_loop_detail {

template <class T>
struct Handoff {
  Loop& home;
  TaskScope& scope;  // of the other loop: owns the task there
  Loop& there;
  Task<T> task;
  std::optional<T> result;
  std::coroutine_handle<> handle;
  TaskContext* context = nullptr;

  static Task<void> run(Handoff* self) {
    self->result.emplace(co_await std::move(self->task));
    self->home.post([self] { self->home.resume(self->handle, self->context); });
  }

  bool await_ready() noexcept { return false; }
  template <class P>
  void await_suspend(std::coroutine_handle<P> waiting) {
    handle = waiting;
    context = waiting.promise().context;
    there.post([this] { scope.spawn("for another loop", run(this)); });
  }
  // NOLINTNEXTLINE(bugprone-unchecked-optional-access): set before the resumption is posted.
  T await_resume() { return std::move(*result); }
};

}  // namespace cross_loop_detail

// Runs `task` in `scope` on `there`; resumes the caller on `home`. Not cancellable: the task may
// refer to the caller's frame. `scope` must not be stopping.
template <class T>
Task<T> run_on(Loop& home, Loop& there, TaskScope& scope, Task<T> task) {
  // Named: g++ 12 destroys a temporary awaiter with owning members twice.
  cross_loop_detail::Handoff<T> handoff{home,         scope, there,  std::move(task),
                                        std::nullopt, {},    nullptr};
  co_return co_await handoff;
}

}  // namespace weft::io
