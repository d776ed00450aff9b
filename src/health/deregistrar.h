// Deregistrar: an instance that has been critical for too long goes. A node never does.
#pragma once

#include "health/reporter.h"
#include "health/watched.h"
#include "io/loop.h"
#include "io/timer_wheel.h"

namespace weft::health {

// The clock runs since the check took its status, over restarts too; but nothing goes before this
// process has seen a failure itself: it may have been away longer than its services.
// Thread: its loop. Lifetime: loop and reporter outlive it.
class Deregistrar final {
 public:
  Deregistrar(io::Loop& loop, Reporter& reporter) : loop_(loop), reporter_(reporter) {}
  Deregistrar(const Deregistrar&) = delete;
  Deregistrar& operator=(const Deregistrar&) = delete;

  // After each result: starts the clock, lets it run or stops it.
  void follow(WatchedCheck& check);
  void cancel(WatchedCheck& check);

 private:
  static void expire(io::Timer& timer);

  io::Loop& loop_;
  Reporter& reporter_;
};

}  // namespace weft::health
