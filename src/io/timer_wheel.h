// A hashed timer wheel: linking and unlinking a timer costs about a nanosecond each, because every
// network wait carries a deadline. Timers fire up to one tick (1 ms) late, never early. A turn
// takes sixteen seconds: what waits for longer is looked at once per turn, and each look finds a
// timer that no cache holds.
#pragma once

#include "base/check.h"
#include "base/time.h"
#include "io/slot_set.h"

#include <algorithm>
#include <cstdint>
#include <memory>

namespace weft::io {

// A timer's place in the ring of its slot, or the slot itself.
struct TimerLink {
  TimerLink* next = nullptr;
  TimerLink* prev = nullptr;

  void insert_before(TimerLink& other) {
    prev = other.prev;
    next = &other;
    other.prev->next = this;
    other.prev = this;
  }
};

// Embedded in whatever waits. Unlinked before it dies. The owner sets `fire` to what happens.
struct Timer : TimerLink {
  base::MonoTime deadline = base::kNever;
  void (*fire)(Timer&) = nullptr;

  Timer() = default;
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  bool is_linked() const { return next != nullptr; }
};

// Thread: its loop.
class TimerWheel final {
 public:
  static constexpr std::size_t kSlots = 16 * 1024;
  static constexpr base::Nanos kTick = base::Millis(1);

  explicit TimerWheel(base::MonoTime now)
      : slots_(std::make_unique<TimerLink[]>(kSlots)), tick_(tick_of(now)) {
    for (std::size_t i = 0; i < kSlots; ++i) {
      TimerLink& head = slots_[i];
      head.next = head.prev = &head;
    }
  }

  // `timer` is unlinked; its deadline is set. A deadline in the past fires on the next advance.
  void add(Timer& timer) {
    const std::int64_t tick = std::max(tick_of(timer.deadline) + 1, tick_ + 1);
    const std::size_t slot = static_cast<std::size_t>(tick) & (kSlots - 1);
    timer.insert_before(slots_[slot]);
    occupied_.add(slot);
    ++size_;
  }

  void remove(Timer& timer) {
    timer.prev->next = timer.next;
    timer.next->prev = timer.prev;
    if (timer.next == timer.prev) {  // the slot is empty: no reason to wake up for it
      occupied_.remove(static_cast<std::size_t>(timer.next - slots_.get()));
    }
    timer.next = timer.prev = nullptr;
    --size_;
  }

  // Fires every timer whose deadline has passed, each unlinked first. A timer's fire() may add and
  // remove timers.
  void advance(base::MonoTime now) {
    const std::int64_t target = tick_of(now);
    if (target - tick_ >= static_cast<std::int64_t>(kSlots)) {
      tick_ = target - static_cast<std::int64_t>(kSlots);  // one full turn visits everything
    }
    while (tick_ < target) {
      ++tick_;
      const std::size_t slot = static_cast<std::size_t>(tick_) & (kSlots - 1);
      if (occupied_.contains(slot)) {
        fire_slot(slot, now);
      }
    }
  }

  // When the next slot with a timer comes up, at most one turn of the wheel ahead; kNever when
  // there is none. May be early for a timer more than a turn away.
  base::MonoTime next_deadline() const {
    if (size_ == 0) {
      return base::kNever;
    }
    const auto start = static_cast<std::size_t>(tick_ + 1) & (kSlots - 1);
    const std::size_t ahead = (occupied_.first_from(start) - start) & (kSlots - 1);
    return base::MonoTime(kTick * (tick_ + 1 + static_cast<std::int64_t>(ahead)));
  }

  std::size_t size() const { return size_; }

 private:
  static std::int64_t tick_of(base::MonoTime time) { return time.time_since_epoch() / kTick; }

  void fire_slot(std::size_t slot, base::MonoTime now) {
    TimerLink& head = slots_[slot];
    // A stop mark: timers added by a callback go behind it and wait for their own tick.
    TimerLink mark;
    mark.insert_before(head);
    while (head.next != &mark) {
      auto& timer = static_cast<Timer&>(*head.next);
      remove(timer);
      if (timer.deadline <= now) {
        timer.fire(timer);
      } else {
        timer.insert_before(head);  // of a later turn
        ++size_;
      }
    }
    mark.prev->next = mark.next;
    mark.next->prev = mark.prev;
    if (head.next == &head) {
      occupied_.remove(slot);
    }
  }

  std::unique_ptr<TimerLink[]> slots_;
  SlotSet<kSlots> occupied_;
  std::int64_t tick_;
  std::size_t size_ = 0;
};

}  // namespace weft::io
