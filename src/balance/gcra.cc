#include "balance/gcra.h"

#include <algorithm>
#include <limits>

namespace weft::balance {
namespace {

constexpr std::int64_t kIntervalMin = 1'000'000'000 / Gcra::kRequestsPerSecondMax;
// A full bucket may take this long to fill: three centuries would overflow, ten years are enough.
constexpr std::int64_t kFillMax = std::int64_t{10} * 365 * 86'400 * 1'000'000'000;

std::int64_t nanos_of(base::MonoTime time) { return time.time_since_epoch().count(); }

}  // namespace

Gcra::Gcra(std::uint64_t requests, base::Nanos period, std::uint64_t burst)
    : interval_ns_(0), burst_(std::max<std::uint64_t>(burst, 1)) {
  const auto count = static_cast<std::int64_t>(
      std::clamp<std::uint64_t>(requests, 1, std::numeric_limits<std::int64_t>::max() / 2));
  const std::int64_t whole = std::clamp<std::int64_t>(period.count(), 1, kFillMax);
  interval_ns_ = std::max(whole / count + (whole % count * 2 >= count ? 1 : 0), kIntervalMin);
  burst_ = std::min(burst_, static_cast<std::uint64_t>(kFillMax / interval_ns_));
}

bool Gcra::try_take(GcraState& state, base::MonoTime now, std::uint64_t count) const {
  if (wait(state, now, count) > base::Nanos(0)) {
    return false;
  }
  state.full_at_ns =
      std::max(state.full_at_ns, nanos_of(now)) + static_cast<std::int64_t>(count) * interval_ns_;
  return true;
}

base::Nanos Gcra::wait(const GcraState& state, base::MonoTime now, std::uint64_t count) const {
  if (count > burst_) {
    return base::Nanos::max();
  }
  // What is taken already may reach this far beyond now.
  const std::int64_t room = static_cast<std::int64_t>(burst_ - count) * interval_ns_;
  return base::Nanos(std::max<std::int64_t>(state.full_at_ns - nanos_of(now) - room, 0));
}

std::uint64_t Gcra::remaining(const GcraState& state, base::MonoTime now) const {
  const std::int64_t taken = std::max<std::int64_t>(state.full_at_ns - nanos_of(now), 0);
  const std::int64_t left = static_cast<std::int64_t>(burst_) * interval_ns_ - taken;
  return left > 0 ? static_cast<std::uint64_t>(left / interval_ns_) : 0;
}

}  // namespace weft::balance
