// LoopThread: a loop and what turns it: a thread of its own, for the workers of the data plane, or
// a simulation.
#pragma once

#include "io/driver.h"
#include "io/loop.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

namespace weft::io {

// Thread: made, started and joined by its owner; the loop belongs to the thread from start() on.
class LoopThread final {
 public:
  explicit LoopThread(std::unique_ptr<Loop> loop) : owned_(std::move(loop)), loop_(*owned_) {}
  // Of a loop that is turned by somebody else (SimWorld): there is no thread.
  // Lifetime: `turned` outlives it.
  explicit LoopThread(Loop& turned) : loop_(turned) {}
  LoopThread(const LoopThread&) = delete;
  LoopThread& operator=(const LoopThread&) = delete;
  ~LoopThread() { stop(); }

  // Runs the loop; pinned to `cpu` when given.
  void start(std::optional<int> cpu = std::nullopt);
  // Ends the loop after its current turn and joins.
  void stop();
  bool is_running() const { return is_running_; }
  Loop& loop() { return loop_; }

 private:
  std::unique_ptr<Loop> owned_;
  Loop& loop_;
  std::jthread thread_;
  bool is_running_ = false;
};

// Makes the loops of somebody who need not know what they stand on. Errors: as make_driver();
// kNoSpace, kIo.
using LoopMaker = std::function<base::Result<std::unique_ptr<LoopThread>>(std::string name)>;

// Loops on the kernel, each for a thread of its own.
LoopMaker loop_threads(DriverKind driver);

// How many processors this process may use; at least 1.
std::size_t usable_processors();

}  // namespace weft::io
