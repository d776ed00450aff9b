// Durations counted in buckets whose width grows with the value: fixed memory, error below 2 %.
#pragma once

#include "base/time.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace weft::base {

// Where a duration is counted: 32 equal buckets below 1.024 us, then 32 equal buckets per doubling
// up to 36 minutes. The middle of a bucket is at most 1/64 (1.6 %) away from what it counted.
struct HistogramScale {
  static constexpr int kStepBits = 5;    // 32 buckets per doubling
  static constexpr int kFirstBits = 10;  // up to 2^10 ns in equal steps
  static constexpr int kLastBits = 41;   // 2^41 ns; longer ones count as this long
  static constexpr std::size_t kSteps = std::size_t{1} << kStepBits;
  static constexpr std::size_t kBuckets = kSteps * (1 + kLastBits - kFirstBits);

  static std::size_t bucket_of(Nanos duration);
  // The durations of a bucket are in [lower, upper).
  static Nanos lower_bound(std::size_t bucket);
  static Nanos upper_bound(std::size_t bucket) { return lower_bound(bucket + 1); }
};

// What was counted: the sum of any number of histograms, or the difference of two readings.
// Thread: any (a value).
class HistogramCounts final {
 public:
  std::uint64_t count() const { return count_; }
  Nanos sum() const { return sum_; }
  Nanos mean() const { return count_ == 0 ? Nanos(0) : sum_ / static_cast<std::int64_t>(count_); }

  // The duration below which the share `q` (0..1) of all lies, within 2 %; zero when empty.
  Nanos quantile(double q) const;
  // How many were at most `bound`, exact to one bucket; for Prometheus' `le`.
  std::uint64_t count_at_most(Nanos bound) const;

  void add(std::size_t bucket, std::uint64_t count);
  void add_sum(Nanos sum) { sum_ += sum; }
  void merge(const HistogramCounts& other);
  // What came after `earlier`, a reading of the same histograms.
  HistogramCounts since(const HistogramCounts& earlier) const;

 private:
  std::vector<std::uint64_t> buckets_ = std::vector<std::uint64_t>(HistogramScale::kBuckets);
  std::uint64_t count_ = 0;
  Nanos sum_{0};
};

// Thread: one writer, any number of readers; a reader may see a record's count before its sum.
class Histogram final {
 public:
  void record(Nanos duration) {
    auto& bucket = buckets_[HistogramScale::bucket_of(duration)];
    bucket.store(bucket.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    sum_.store(sum_.load(std::memory_order_relaxed) + duration.count(), std::memory_order_relaxed);
  }
  HistogramCounts read() const;

 private:
  std::array<std::atomic<std::uint64_t>, HistogramScale::kBuckets> buckets_{};
  std::atomic<std::int64_t> sum_{0};  // nanoseconds
};

}  // namespace weft::base
