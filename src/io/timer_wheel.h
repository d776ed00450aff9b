// A hashed timer wheel: linking and unlinking a timer costs about a nanosecond each, because every
// network wait carries a deadline. Timers fire up to one tick (1 ms) late, never early.
#pragma once

#include "base/check.h"
#include "base/time.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>

namespace weft::io {

// Embedded in whatever waits. Unlinked before it dies. The owner sets `fire` to what happens.
struct Timer {
  base::MonoTime deadline = base::kNever;
  void (*fire)(Timer&) = nullptr;
  Timer* next = nullptr;
  Timer* prev = nullptr;

  Timer() = default;
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  bool is_linked() const { return next != nullptr; }
};

// Thread: its loop.
class TimerWheel final {
 public:
  static constexpr std::size_t kSlots = 4096;
  static constexpr base::Nanos kTick = base::Millis(1);

  explicit TimerWheel(base::MonoTime now)
      : slots_(std::make_unique<Timer[]>(kSlots)), tick_(tick_of(now)) {
    for (std::size_t i = 0; i < kSlots; ++i) {
      Timer& head = slots_[i];
      head.next = head.prev = &head;
    }
  }

  // `timer` is unlinked; its deadline is set. A deadline in the past fires on the next advance.
  void add(Timer& timer) {
    const std::int64_t tick = std::max(tick_of(timer.deadline) + 1, tick_ + 1);
    const std::size_t slot = static_cast<std::size_t>(tick) & (kSlots - 1);
    Timer& head = slots_[slot];
    timer.prev = head.prev;
    timer.next = &head;
    head.prev->next = &timer;
    head.prev = &timer;
    occupied_[slot / 64] |= 1ULL << (slot % 64);
    ++size_;
  }

  void remove(Timer& timer) {
    timer.prev->next = timer.next;
    timer.next->prev = timer.prev;
    if (timer.next == timer.prev) {  // the slot is empty: no reason to wake up for it
      const auto slot = static_cast<std::size_t>(timer.next - slots_.get());
      occupied_[slot / 64] &= ~(1ULL << (slot % 64));
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
      if ((occupied_[slot / 64] >> (slot % 64) & 1) != 0) {
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
    for (std::size_t k = 0; k <= kSlots / 64; ++k) {
      const std::size_t word = (start / 64 + k) % (kSlots / 64);
      std::uint64_t bits = occupied_[word];
      if (k == 0) {
        bits &= ~0ULL << (start % 64);
      }
      if (bits != 0) {
        const std::size_t slot = word * 64 + static_cast<std::size_t>(__builtin_ctzll(bits));
        const std::size_t ahead = (slot - start) & (kSlots - 1);
        return base::MonoTime(kTick * (tick_ + 1 + static_cast<std::int64_t>(ahead)));
      }
    }
    return base::kNever;
  }

  std::size_t size() const { return size_; }

 private:
  static std::int64_t tick_of(base::MonoTime time) { return time.time_since_epoch() / kTick; }

  void fire_slot(std::size_t slot, base::MonoTime now) {
    Timer& head = slots_[slot];
    // A stop mark: timers added by a callback go behind it and wait for their own tick.
    Timer mark;
    mark.prev = head.prev;
    mark.next = &head;
    head.prev->next = &mark;
    head.prev = &mark;
    while (head.next != &mark) {
      Timer& timer = *head.next;
      remove(timer);
      if (timer.deadline <= now) {
        timer.fire(timer);
      } else {
        keep(timer, head);
      }
    }
    mark.prev->next = mark.next;
    mark.next->prev = mark.prev;
    if (head.next == &head) {
      occupied_[slot / 64] &= ~(1ULL << (slot % 64));
    }
  }

  // Puts a timer of a later turn back at the end of its slot.
  void keep(Timer& timer, Timer& head) {
    timer.prev = head.prev;
    timer.next = &head;
    head.prev->next = &timer;
    head.prev = &timer;
    ++size_;
  }

  std::unique_ptr<Timer[]> slots_;
  std::array<std::uint64_t, kSlots / 64> occupied_{};
  std::int64_t tick_;
  std::size_t size_ = 0;
};

}  // namespace weft::io
