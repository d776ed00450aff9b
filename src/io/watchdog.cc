#include "io/watchdog.h"

#include "io/loop.h"

namespace weft::io {
namespace {

constexpr base::MeterInfo kSlowTurns{"weft_loop_slow_turns_total",
                                     "Turns of a loop longer than 5 ms"};
constexpr base::MeterInfo kTurnMax{"weft_loop_turn_max_seconds",
                                   "Longest turn of a loop within about a minute"};

constexpr base::Nanos kLinePause = base::Seconds(10);
constexpr base::Nanos kMemory = base::Seconds(60);

std::int64_t micros(base::Nanos time) {
  return std::chrono::duration_cast<base::Micros>(time).count();
}

}  // namespace

Watchdog::Watchdog(Loop& loop, base::Log& log, base::MeterRegistry& meters)
    : loop_(loop),
      log_(log),
      meters_(meters, {{"loop", loop.name()}}),
      slow_turns_(meters_.counter(kSlowTurns)),
      turn_max_(meters_.gauge(kTurnMax)),
      forget_at_(loop.now() + kMemory) {
  loop_.watch_turns(this);
}

Watchdog::~Watchdog() { loop_.watch_turns(nullptr); }

void Watchdog::note_longest(base::MonoTime woke, base::Nanos took) {
  if (woke >= forget_at_) {
    forget_at_ = woke + kMemory;
  }
  longest_ = took;
  turn_max_.set(took.count());
}

void Watchdog::note_slow(base::MonoTime woke, base::Nanos took, const char* task) {
  slow_turns_.add();
  ++unsaid_;
  if (woke < silent_until_) {
    return;
  }
  silent_until_ = woke + kLinePause;
  log_.warning("a turn of a loop took too long", {{"loop", loop_.name()},
                                                  {"task", task},
                                                  {"took_us", micros(took)},
                                                  {"since_last_line", unsaid_}});
  unsaid_ = 0;
}

}  // namespace weft::io
