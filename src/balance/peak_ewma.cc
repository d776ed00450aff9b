#include "balance/peak_ewma.h"

#include <algorithm>
#include <cmath>

namespace weft::balance {
namespace {

// Costs more than any real latency times any real load. Source: Finagle, PeakEwma.Penalty.
constexpr double kColdPenaltyNanos = 1e15;
// A failing endpoint doubles its cost up to here, so that it comes back within two minutes.
constexpr double kFailureNanosMax = 60e9;

// Of the time constant. What the series leaves out is below 2e-10.
constexpr double kShortShare = 1e-3;

double to_nanos(base::Nanos duration) {
  return static_cast<double>(std::max(duration, base::Nanos(0)).count());
}

}  // namespace

void PeakEwma::observe(base::Nanos latency, base::MonoTime now) {
  const double sample = std::max(to_nanos(latency), 1.0);  // 0 stands for cold
  if (sample >= nanos_) {
    nanos_ = sample;
  } else {
    const double past = weight_of_past(now);
    nanos_ = nanos_ * past + sample * (1 - past);
  }
  observed_at_ = std::max(observed_at_, now);
}

void PeakEwma::observe_failure(base::Nanos latency, base::MonoTime now) {
  const double current = decayed(now);
  const double doubled = std::min(2 * current, kFailureNanosMax);
  nanos_ = std::max({current, doubled, to_nanos(latency), to_nanos(options_.failure_latency_min)});
  observed_at_ = std::max(observed_at_, now);
}

base::Nanos PeakEwma::latency(base::MonoTime now) const {
  return base::Nanos(static_cast<std::int64_t>(decayed(now)));
}

double PeakEwma::cost(base::MonoTime now, std::uint32_t active) const {
  const double nanos = decayed(now);
  if (nanos == 0) {
    return active == 0 ? 0 : kColdPenaltyNanos * active;
  }
  return nanos * (active + 1.0);
}

double PeakEwma::decayed(base::MonoTime now) const {
  const double nanos = nanos_ * weight_of_past(now);
  return nanos < 1 ? 0 : nanos;
}

double PeakEwma::weight_of_past(base::MonoTime now) const {
  if (now <= observed_at_) {
    return 1;
  }
  const double share = to_nanos(now - observed_at_) / std::max(to_nanos(options_.decay), 1.0);
  // A busy endpoint was observed just now: the series is as good there, and a tenth of the cost.
  return share < kShortShare ? 1 - share * (1 - share / 2) : std::exp(-share);
}

}  // namespace weft::balance
