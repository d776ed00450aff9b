// Signals of the process as something a task waits for: SIGTERM to stop, SIGHUP to look again.
#pragma once

#include "base/result.h"
#include "base/time.h"
#include "io/loop.h"
#include "io/task.h"
#include "io/unique_fd.h"

#include <span>
#include <vector>

namespace weft::io {

// While one exists its signals are blocked on the thread that made it and on every thread started
// from there later, so make it before the others start: a thread that does not block a signal may
// take it the old way and end the process. Destruction restores the thread's mask.
// Thread: its loop. Source: signalfd(2).
class Signals final {
 public:
  // Errors: kNoSpace, kIo.
  static base::Result<Signals> make(Loop& loop, std::span<const int> numbers);

  Signals(Signals&& other) noexcept = default;
  Signals& operator=(Signals&&) = delete;
  ~Signals();

  // Returns: the number of a signal that came; equal ones that came meanwhile count as one.
  // One caller at a time. Lifetime: not moved while a task waits.
  // Errors: kTimeout, kCancelled, kIo.
  Task<base::Result<int>> next(base::MonoTime deadline);

 private:
  Signals(Loop& loop, UniqueFd descriptor, std::span<const int> newly_blocked);

  Loop* loop_;
  UniqueFd descriptor_;
  std::vector<int> newly_blocked_;  // unblocked again at the end
};

}  // namespace weft::io
