// A few threads for work that would block a loop: fsync, password hashing, large renderings.
#pragma once

#include "io/loop.h"
#include "io/task.h"

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <type_traits>
#include <vector>

namespace weft::io {

// Jobs start in the order they came; with one thread they also end in it.
// Thread: any (synchronised).
class BlockingPool final {
 public:
  using Job = std::move_only_function<void()>;

  explicit BlockingPool(std::size_t threads);
  // Without threads: `run` decides when a job is done. For simulations; then the thread is theirs.
  explicit BlockingPool(std::function<void(Job)> run) : run_(std::move(run)) {}
  BlockingPool(const BlockingPool&) = delete;
  BlockingPool& operator=(const BlockingPool&) = delete;
  // Waits for jobs that run or are queued.
  ~BlockingPool();

  // Runs `job` on a worker and resumes the calling task on `loop`. Not cancellable: a task waits
  // for its job, so the job may refer to the task's frame.
  template <class F>
  Task<std::invoke_result_t<F>> run(Loop& loop, F job) {
    std::optional<std::invoke_result_t<F>> result;
    // Named: g++ 12 destroys a temporary awaiter with owning members twice.
    Handoff handoff{*this, loop, [&result, &job] { result.emplace(job()); }, {}, nullptr};
    co_await handoff;
    // NOLINTNEXTLINE(bugprone-unchecked-optional-access): the job has run.
    co_return std::move(*result);
  }

 private:
  struct Handoff {
    BlockingPool& pool;
    Loop& loop;
    Job job;
    std::coroutine_handle<> handle;
    TaskContext* context;

    bool await_ready() noexcept { return false; }
    template <class P>
    void await_suspend(std::coroutine_handle<P> waiting) {
      handle = waiting;
      context = waiting.promise().context;
      pool.submit([this] {
        job();
        loop.post([this] { loop.resume(handle, context); });
      });
    }
    void await_resume() noexcept {}
  };

  void submit(Job job);
  void work();

  const std::function<void(Job)> run_;  // null: the threads do
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> queue_;  // guarded by mutex_
  bool stopping_ = false;  // guarded by mutex_
  std::vector<std::jthread> threads_;
};

}  // namespace weft::io
