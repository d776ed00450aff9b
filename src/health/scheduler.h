// Scheduler: when each of many checks is probed. An idle check is a timer and nothing else; a task
// exists only while its probe runs.
//
// A check's next probe is due one interval, more or less its jitter, after the last one was due, so
// neither a queue nor a slow answer shifts the rhythm. A probe that is late is made up for at once,
// but only once: what a stalled loop has missed is left out. Due times are moved by at most
// three quarters of a percent of the interval, so that probes come in bunches: waking up for each
// one alone costs as much as the probe.
#pragma once

#include "base/check.h"
#include "base/time.h"
#include "health/probe_result.h"
#include "io/loop.h"
#include "io/task.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace weft::health {

class Scheduler;

struct ProbeRhythm {
  base::Nanos interval = base::Seconds(10);
  double jitter = 0;  // share of the interval by which a probe may come earlier or later; 0..0.5
};

// One check as the scheduler knows it; a base for what its owner knows.
// Thread: its loop. Lifetime: removed before it dies.
class ProbeSlot : public io::Timer {
 public:
  bool is_scheduled() const { return place_ != Place::kNowhere; }
  bool is_in_flight() const { return place_ == Place::kInFlight; }

 protected:
  ProbeSlot() = default;
  ~ProbeSlot() { WEFT_ASSERT(place_ == Place::kNowhere); }

 private:
  friend class Scheduler;
  enum class Place : std::uint8_t { kNowhere, kWaiting, kQueued, kInFlight };

  Scheduler* scheduler_ = nullptr;
  base::Nanos interval_{0};
  float jitter_ = 0;
  Place place_ = Place::kNowhere;
  bool again_ = false;  // asked for while one was in flight, which began too early to count
  ProbeSlot* queue_next_ = nullptr;
  ProbeSlot* queue_prev_ = nullptr;
  ProbeSlot** flight_ = nullptr;  // where the running probe looks for its slot
};

// Thread: its loop.
class Scheduler final {
 public:
  struct Options {
    // Probes under way at once, and so sockets; more wait in a queue.
    std::size_t in_flight_max = 512;
    // First probes of checks that come in crowds: a thousand of them are spread over this time, or
    // over their interval when that is shorter.
    base::Nanos crowd_spread = base::Seconds(1);
  };

  // When a check is probed first.
  enum class First : std::uint8_t {
    kAtOnce,         // but see crowd_spread
    kInLine,         // the same, in a line of its own: the crowd of a start delays nobody else
    kAfterInterval,  // nothing is due before
  };

  // `probe` makes the task of one probe; it and its task must not touch the slot after the first
  // wait. `finished` gets the result, unless the slot was removed meanwhile.
  using Probe = std::function<io::Task<ProbeResult>(ProbeSlot&)>;
  using Finished = std::function<void(ProbeSlot&, ProbeResult)>;

  Scheduler(io::Loop& loop, const Options& options, Probe probe, Finished finished);
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  // `slot` is not scheduled. Lifetime: until remove().
  void add(ProbeSlot& slot, const ProbeRhythm& rhythm, First first);
  // A probe in flight ends by itself, unheard.
  void remove(ProbeSlot& slot);

  // Probes as soon as possible, before all who wait. One that is in flight began before and proves
  // nothing: it is followed by another.
  void probe_soon(ProbeSlot& slot);

  // Puts the next probe off to one interval from now.
  void put_off(ProbeSlot& slot);

  // Cancels what is in flight and starts nothing more; slots are still to be removed.
  io::Task<void> stop();

  std::size_t in_flight() const { return in_flight_; }
  std::size_t queued() const { return queued_; }

 private:
  static void fire(io::Timer& timer);
  void wait_until(ProbeSlot& slot, base::MonoTime due);
  void enqueue(ProbeSlot& slot, ProbeSlot* before);
  void unqueue(ProbeSlot& slot);
  void withdraw(ProbeSlot& slot);
  void launch_queued();
  void launch(ProbeSlot& slot);
  io::Task<void> run(ProbeSlot* slot);
  void end(ProbeSlot& slot, ProbeResult result);
  base::MonoTime first_due(const ProbeSlot& slot, First first);
  base::MonoTime next_due(const ProbeSlot& slot);
  base::MonoTime join_bunch(base::MonoTime due, base::Nanos interval);

  io::Loop& loop_;
  const Options options_;
  const Probe probe_;
  const Finished finished_;
  std::array<base::MonoTime, 2> line_end_{};  // of kAtOnce, kInLine: when the next has its turn
  ProbeSlot* queue_first_ = nullptr;
  ProbeSlot* queue_last_ = nullptr;
  std::size_t queued_ = 0;
  std::size_t in_flight_ = 0;
  double due_per_second_ = 0;  // by the intervals of all slots
  std::uint32_t next_in_bunch_ = 0;
  bool launching_ = false;
  io::TaskScope scope_;
};

}  // namespace weft::health
