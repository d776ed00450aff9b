// Counts events of the recent past in a ring of equal buckets: adding and summing are O(1), memory
// is fixed, and the sum covers between kBuckets - 1 and kBuckets bucket widths.
#pragma once

#include "base/time.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace weft::balance {

// Time may stand still but should not go back; an event from the past counts as one of now.
// Thread: its loop.
template <std::size_t kBuckets>
class RollingCounter final {
 public:
  // A `bucket_width` below 1 ns counts as 1 ns.
  explicit RollingCounter(base::Nanos bucket_width)
      : width_(std::max(bucket_width, base::Nanos(1))) {}

  void add(base::MonoTime now, std::uint32_t count = 1) {
    advance(now);
    buckets_[static_cast<std::size_t>(newest_) % kBuckets] += count;
    sum_ += count;
  }

  std::uint64_t sum(base::MonoTime now) {
    advance(now);
    return sum_;
  }

  void clear() {
    buckets_.fill(0);
    sum_ = 0;
  }

 private:
  // Empties the buckets that the ring has passed since the last call.
  void advance(base::MonoTime now) {
    const std::int64_t current = now.time_since_epoch() / width_;
    if (current <= newest_) {
      return;
    }
    const std::int64_t steps = std::min(current - newest_, static_cast<std::int64_t>(kBuckets));
    for (std::int64_t i = 0; i < steps; ++i) {
      auto& bucket = buckets_[static_cast<std::size_t>(current - i) % kBuckets];
      sum_ -= bucket;
      bucket = 0;
    }
    newest_ = current;
  }

  base::Nanos width_;
  std::int64_t newest_ = 0;  // number of the newest bucket on the time line
  std::uint64_t sum_ = 0;
  std::array<std::uint32_t, kBuckets> buckets_{};
};

}  // namespace weft::balance
