#include "health/scheduler.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace weft::health {
namespace {

// A bunch spans at most this time and has about so many probes: what is asked one after the other
// costs half of what each costs alone, because nobody falls asleep between two of them. About a
// dozen start in one tick of the timers, so that each turn of the loop has few of them, unless that
// would take more than half of the time between two bunches.
constexpr base::Nanos kBunchSpan = base::Millis(100);
constexpr double kBunchProbes = 100;
constexpr double kProbesPerTick = 12;
constexpr base::Nanos kBunchTick = io::TimerWheel::kTick;

base::MonoTime round_to(base::MonoTime time, base::Nanos grain) {
  const base::Nanos since = time.time_since_epoch() + grain / 2;
  return base::MonoTime(since - since % grain);
}

}  // namespace

Scheduler::Scheduler(io::Loop& loop, const Options& options, Probe probe, Finished finished)
    : loop_(loop), options_(options), probe_(std::move(probe)), finished_(std::move(finished)) {
  WEFT_ASSERT(options.in_flight_max > 0);
}

void Scheduler::add(ProbeSlot& slot, const ProbeRhythm& rhythm, First first) {
  WEFT_ASSERT(!slot.is_scheduled());
  WEFT_ASSERT(rhythm.interval > base::Nanos(0));
  slot.scheduler_ = this;
  slot.interval_ = rhythm.interval;
  slot.jitter_ = static_cast<float>(rhythm.jitter);
  slot.again_ = false;
  slot.fire = &Scheduler::fire;
  due_per_second_ += 1 / base::to_seconds(slot.interval_);
  wait_until(slot, first_due(slot, first));
}

// The n-th of a crowd has its turn n steps after the first; the line is empty again as soon as
// nobody came for a step.
base::MonoTime Scheduler::first_due(const ProbeSlot& slot, First first) {
  if (first == First::kAfterInterval) {
    return loop_.now() + slot.interval_;
  }
  constexpr std::int64_t kCrowd = 1000;
  base::MonoTime& line_end = line_end_[first == First::kAtOnce ? 0 : 1];
  const base::MonoTime due = std::max(line_end, loop_.now());
  line_end = due + std::min(slot.interval_, options_.crowd_spread) / kCrowd;
  return due;
}

void Scheduler::wait_until(ProbeSlot& slot, base::MonoTime due) {
  slot.place_ = ProbeSlot::Place::kWaiting;
  slot.deadline = due;
  loop_.timers().add(slot);
}

void Scheduler::fire(io::Timer& timer) {
  auto& slot = static_cast<ProbeSlot&>(timer);
  Scheduler& self = *slot.scheduler_;
  self.enqueue(slot, nullptr);
  self.launch_queued();
}

void Scheduler::probe_soon(ProbeSlot& slot) {
  if (slot.is_in_flight()) {
    slot.again_ = true;
    return;
  }
  withdraw(slot);
  slot.deadline = loop_.now();
  enqueue(slot, queue_first_);
  launch_queued();
}

void Scheduler::put_off(ProbeSlot& slot) {
  if (slot.is_in_flight()) {
    return;
  }
  withdraw(slot);
  wait_until(slot, loop_.now() + slot.interval_);
}

void Scheduler::remove(ProbeSlot& slot) {
  if (!slot.is_scheduled()) {
    return;
  }
  due_per_second_ -= 1 / base::to_seconds(slot.interval_);
  if (slot.is_in_flight()) {
    *std::exchange(slot.flight_, nullptr) = nullptr;
    slot.place_ = ProbeSlot::Place::kNowhere;
    return;
  }
  withdraw(slot);
}

// Takes a slot that is not in flight out of wherever it is.
void Scheduler::withdraw(ProbeSlot& slot) {
  if (slot.is_linked()) {
    loop_.timers().remove(slot);
  }
  if (slot.place_ == ProbeSlot::Place::kQueued) {
    unqueue(slot);
  }
  slot.place_ = ProbeSlot::Place::kNowhere;
}

// `before` null: at the end.
void Scheduler::enqueue(ProbeSlot& slot, ProbeSlot* before) {
  slot.place_ = ProbeSlot::Place::kQueued;
  slot.queue_next_ = before;
  slot.queue_prev_ = before != nullptr ? before->queue_prev_ : queue_last_;
  (slot.queue_prev_ != nullptr ? slot.queue_prev_->queue_next_ : queue_first_) = &slot;
  (before != nullptr ? before->queue_prev_ : queue_last_) = &slot;
  ++queued_;
}

void Scheduler::unqueue(ProbeSlot& slot) {
  (slot.queue_prev_ != nullptr ? slot.queue_prev_->queue_next_ : queue_first_) = slot.queue_next_;
  (slot.queue_next_ != nullptr ? slot.queue_next_->queue_prev_ : queue_last_) = slot.queue_prev_;
  slot.queue_next_ = slot.queue_prev_ = nullptr;
  --queued_;
}

void Scheduler::launch_queued() {
  if (std::exchange(launching_, true)) {
    return;  // a probe that ended without waiting; the loop below goes on
  }
  while (queue_first_ != nullptr && in_flight_ < options_.in_flight_max && !scope_.is_stopping()) {
    ProbeSlot& slot = *queue_first_;
    unqueue(slot);
    launch(slot);
  }
  launching_ = false;
}

void Scheduler::launch(ProbeSlot& slot) {
  slot.place_ = ProbeSlot::Place::kInFlight;
  ++in_flight_;
  scope_.spawn("health probe", run(&slot));
}

io::Task<void> Scheduler::run(ProbeSlot* slot) {
  slot->flight_ = &slot;  // remove() makes our `slot` null
  ProbeResult result = co_await probe_(*slot);
  --in_flight_;
  if (slot != nullptr) {
    slot->flight_ = nullptr;
    slot->place_ = ProbeSlot::Place::kNowhere;
    if (!scope_.is_stopping()) {
      end(*slot, std::move(result));
    }
  }
  launch_queued();
}

// Plans the next probe before the result is heard: the listener may remove the slot.
void Scheduler::end(ProbeSlot& slot, ProbeResult result) {
  if (std::exchange(slot.again_, false)) {
    slot.deadline = loop_.now();
    enqueue(slot, queue_first_);
  } else {
    wait_until(slot, std::max(next_due(slot), loop_.now()));
  }
  finished_(slot, std::move(result));
}

base::MonoTime Scheduler::next_due(const ProbeSlot& slot) {
  const double interval = static_cast<double>(slot.interval_.count());
  const double shift = static_cast<double>(slot.jitter_) * (2 * loop_.random().unit() - 1);
  const base::MonoTime due =
      slot.deadline + slot.interval_ + base::Nanos(static_cast<std::int64_t>(shift * interval));
  return join_bunch(due, slot.interval_);
}

base::MonoTime Scheduler::join_bunch(base::MonoTime due, base::Nanos interval) {
  if (due_per_second_ * base::to_seconds(kBunchSpan) < 2) {
    return due;  // few checks: nobody to share a turn with
  }
  constexpr std::int64_t kGrainsPerInterval = 100;
  const base::Nanos crowded(static_cast<std::int64_t>(1e9 * kBunchProbes / due_per_second_));
  const base::Nanos grain =
      std::max(std::min({interval / kGrainsPerInterval, kBunchSpan, crowded}), base::Nanos(1));
  const double probes = due_per_second_ * base::to_seconds(grain);
  const std::int64_t ticks =
      std::clamp<std::int64_t>(std::llround(probes / kProbesPerTick), 1,
                               std::max<std::int64_t>(grain / (2 * kBunchTick), 1));
  const std::int64_t tick = next_in_bunch_++ % ticks;
  return round_to(due, grain) + (2 * tick - (ticks - 1)) * kBunchTick / 2;  // around the middle
}

io::Task<void> Scheduler::stop() { co_await scope_.stop(); }

}  // namespace weft::health
