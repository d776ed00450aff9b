#include "base/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace weft::base {

std::size_t HistogramScale::bucket_of(Nanos duration) {
  constexpr std::uint64_t kLast = (std::uint64_t{1} << kLastBits) - 1;
  const auto ns =
      std::min(static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0)), kLast);
  if (ns < (std::uint64_t{1} << kFirstBits)) {
    return ns >> (kFirstBits - kStepBits);
  }
  const int top = static_cast<int>(std::bit_width(ns)) - 1;  // 2^top <= ns
  const auto doubling = static_cast<std::size_t>(top) - kFirstBits + 1;
  return doubling * kSteps + ((ns >> (top - kStepBits)) & (kSteps - 1));
}

Nanos HistogramScale::lower_bound(std::size_t bucket) {
  const std::size_t doubling = bucket / kSteps;
  const auto step = static_cast<std::int64_t>(bucket % kSteps);
  if (doubling == 0) {
    return Nanos(step << (kFirstBits - kStepBits));
  }
  const int top = static_cast<int>(doubling) + kFirstBits - 1;
  return Nanos((static_cast<std::int64_t>(kSteps) + step) << (top - kStepBits));
}

Nanos HistogramCounts::quantile(double q) const {
  if (count_ == 0) {
    return Nanos(0);
  }
  const auto rank =
      static_cast<std::uint64_t>(std::ceil(std::clamp(q, 0.0, 1.0) * static_cast<double>(count_)));
  std::uint64_t passed = 0;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    passed += buckets_[i];
    if (passed >= std::max<std::uint64_t>(rank, 1)) {
      return (HistogramScale::lower_bound(i) + HistogramScale::upper_bound(i)) / 2;
    }
  }
  return HistogramScale::lower_bound(HistogramScale::kBuckets);
}

std::uint64_t HistogramCounts::count_at_most(Nanos bound) const {
  std::uint64_t passed = 0;
  for (std::size_t i = 0; i < buckets_.size() && HistogramScale::upper_bound(i) <= bound; ++i) {
    passed += buckets_[i];
  }
  return passed;
}

void HistogramCounts::add(std::size_t bucket, std::uint64_t count) {
  buckets_[bucket] += count;
  count_ += count;
}

void HistogramCounts::merge(const HistogramCounts& other) {
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    buckets_[i] += other.buckets_[i];
  }
  count_ += other.count_;
  sum_ += other.sum_;
}

HistogramCounts HistogramCounts::since(const HistogramCounts& earlier) const {
  HistogramCounts later;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    later.add(i, buckets_[i] - std::min(buckets_[i], earlier.buckets_[i]));
  }
  later.sum_ = std::max(sum_ - earlier.sum_, Nanos(0));
  return later;
}

HistogramCounts Histogram::read() const {
  HistogramCounts counts;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    if (const std::uint64_t count = buckets_[i].load(std::memory_order_relaxed); count > 0) {
      counts.add(i, count);
    }
  }
  counts.add_sum(Nanos(sum_.load(std::memory_order_relaxed)));
  return counts;
}

}  // namespace weft::base
