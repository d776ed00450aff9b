// LoopThread: a loop on a thread of its own, for the workers of the data plane.
#pragma once

#include "io/loop.h"

#include <memory>
#include <optional>
#include <string>
#include <thread>

namespace weft::io {

// Thread: made, started and joined by its owner; the loop belongs to the thread from start() on.
class LoopThread final {
 public:
  explicit LoopThread(std::unique_ptr<Loop> loop) : loop_(std::move(loop)) {}
  LoopThread(const LoopThread&) = delete;
  LoopThread& operator=(const LoopThread&) = delete;
  ~LoopThread() { stop(); }

  // Runs the loop; pinned to `cpu` when given.
  void start(std::optional<int> cpu = std::nullopt);
  // Ends the loop after its current turn and joins.
  void stop();
  bool is_running() const { return thread_.joinable(); }
  Loop& loop() { return *loop_; }

 private:
  std::unique_ptr<Loop> loop_;
  std::jthread thread_;
};

// How many processors this process may use; at least 1.
std::size_t usable_processors();

}  // namespace weft::io
