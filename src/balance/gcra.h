// The generic cell rate algorithm: a token bucket whose whole state is one point in time.
#pragma once

#include "base/time.h"

#include <cstdint>

namespace weft::balance {

// When the bucket will be full again; in the past: it is full. 8 bytes, copied and forgotten at
// will: a state that was never used stands for a full bucket.
struct GcraState {
  std::int64_t full_at_ns = 0;  // on the line of MonoTime
};

// A request costs `period` / `requests` of time; up to `burst` may come at once. Exactly a token
// bucket of `burst` tokens that gets one each `period` / `requests`, where that is whole
// nanoseconds; otherwise it is rounded, which changes a rate of 1,000,000 a second by less than 0.1
// %. Source: ITU-T I.371, Annex A (virtual scheduling). Thread: any (immutable).
class Gcra final {
 public:
  static constexpr std::uint64_t kRequestsPerSecondMax = 1'000'000;

  // `requests` and `burst` of 0 count as 1; a rate above the maximum counts as the maximum.
  Gcra(std::uint64_t requests, base::Nanos period, std::uint64_t burst);

  // Takes `count` at once, or nothing. Returns: whether it was taken.
  bool try_take(GcraState& state, base::MonoTime now, std::uint64_t count = 1) const;
  // How long until `count` could be taken, if nobody else takes any; 0: now. More than the burst
  // can never be taken: kNever's distance.
  base::Nanos wait(const GcraState& state, base::MonoTime now, std::uint64_t count = 1) const;
  // How many could be taken now, for RateLimit-Remaining.
  std::uint64_t remaining(const GcraState& state, base::MonoTime now) const;
  std::uint64_t burst() const { return burst_; }

 private:
  std::int64_t interval_ns_;  // the cost of one
  std::uint64_t burst_;
};

}  // namespace weft::balance
