// Watchdog: says which loop took a turn too long, and what it ran then. While a turn lasts nobody
// else of the loop is served, so a long one is everybody's latency (style.md §7).
//
//   weft_loop_slow_turns_total{loop="proxy-0"}   turns longer than kSlowTurn
//   weft_loop_turn_max_seconds{loop="proxy-0"}   the longest one of about the last minute
#pragma once

#include "base/log.h"
#include "base/meters.h"
#include "base/time.h"

#include <cstdint>

namespace weft::io {

class Loop;

// Watches `loop` as long as it lives. Costs no clock read: a turn is measured anyway.
// Thread: its loop's, or any while the loop does not run. Lifetime: log, registry and loop outlive
// it.
class Watchdog final {
 public:
  static constexpr base::Nanos kSlowTurn = base::Millis(5);

  Watchdog(Loop& loop, base::Log& log, base::MeterRegistry& meters);
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
  ~Watchdog();

  // For the loop: a turn that began at `woke` is over. `task` is the one that ran last in it.
  void note_turn(base::MonoTime woke, base::Nanos took, const char* task) {
    if (took > longest_ || woke >= forget_at_) [[unlikely]] {
      note_longest(woke, took);
    }
    if (took > kSlowTurn) [[unlikely]] {
      note_slow(woke, took, task);
    }
  }

 private:
  void note_longest(base::MonoTime woke, base::Nanos took);
  void note_slow(base::MonoTime woke, base::Nanos took, const char* task);

  Loop& loop_;
  base::Log& log_;
  base::MeterGroup meters_;
  base::Counter& slow_turns_;
  base::Gauge& turn_max_;
  base::Nanos longest_{0};
  base::MonoTime forget_at_{};     // when longest_ starts over
  base::MonoTime silent_until_{};  // no line before this
  std::uint64_t unsaid_ = 0;       // slow turns since the last line
};

}  // namespace weft::io
