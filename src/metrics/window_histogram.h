// A small histogram for short windows: 8 buckets per doubling from 1 us to 68 s, 832 bytes, error
// below 7 %. The full one (base/histogram.h) is for totals.
#pragma once

#include "base/time.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

namespace weft::metrics {

// Thread: its loop.
class WindowHistogram final {
 public:
  static constexpr int kSubBits = 3;
  static constexpr int kDoublings = 26;
  static constexpr std::size_t kBuckets = (std::size_t{1} << kSubBits) * kDoublings;

  void record(base::Nanos duration) { ++buckets_[bucket_of(duration)]; }
  void merge(const WindowHistogram& other) {
    for (std::size_t i = 0; i < kBuckets; ++i) {
      buckets_[i] += other.buckets_[i];
    }
  }
  void clear() { buckets_.fill(0); }

  // The duration below which the share `q` (0..1) lies; zero when nothing was counted.
  base::Nanos quantile(double q) const {
    std::uint64_t total = 0;
    for (const std::uint32_t count : buckets_) {
      total += count;
    }
    if (total == 0) {
      return base::Nanos(0);
    }
    const double wanted = q * static_cast<double>(total);
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < kBuckets; ++i) {
      seen += buckets_[i];
      if (buckets_[i] > 0 && static_cast<double>(seen) >= wanted) {
        return middle_of(i);
      }
    }
    return middle_of(kBuckets - 1);
  }

 private:
  // Unit: 1 us (2^10 ns) in the first doubling.
  static std::size_t bucket_of(base::Nanos duration) {
    const auto units =
        static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0)) >> (10 - kSubBits);
    if (units < (1U << kSubBits)) {
      return 0;
    }
    const int top = static_cast<int>(std::bit_width(units)) - 1;  // >= kSubBits
    const std::size_t sub = (units >> (top - kSubBits)) & ((1U << kSubBits) - 1);
    const auto bucket = (static_cast<std::size_t>(top - kSubBits) << kSubBits) + sub;
    return std::min(bucket, kBuckets - 1);
  }
  static base::Nanos middle_of(std::size_t bucket) {
    const auto doubling = static_cast<int>(bucket >> kSubBits);
    const auto sub = static_cast<double>(bucket & ((1U << kSubBits) - 1));
    const double lower = (1.0 + sub / 8.0) * static_cast<double>(std::uint64_t{1024} << doubling);
    return base::Nanos(static_cast<std::int64_t>(lower * (1.0 + 1.0 / 16.0 / (1.0 + sub / 8.0))));
  }

  std::array<std::uint32_t, kBuckets> buckets_{};
};

}  // namespace weft::metrics
