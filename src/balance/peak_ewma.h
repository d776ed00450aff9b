// The latency of one endpoint as P2C sees it: jumps up at once, forgets slowly.
#pragma once

#include "base/time.h"

#include <cstdint>

namespace weft::balance {

// Source: Finagle, PeakEwma (decay 10 s).
struct PeakEwmaOptions {
  base::Nanos decay = base::Seconds(10);  // time constant; after it 37 % of an old peak is left
  // A failure counts as at least this slow, and as twice the present cost, so that an endpoint that
  // fails fast does not look attractive. chosen: 10 ms, forgotten against 1 ms peers in 23 s.
  base::Nanos failure_latency_min = base::Millis(10);
};

// Lifetime: `options` outlives it and may change under it.
// Thread:   its loop.
class PeakEwma final {
 public:
  explicit PeakEwma(const PeakEwmaOptions& options) : options_(options) {}

  // Folds the latency of a finished attempt; negative counts as 0.
  void observe(base::Nanos latency, base::MonoTime now);
  // Folds a failed attempt that took `latency`.
  void observe_failure(base::Nanos latency, base::MonoTime now);
  // Forgets everything: the endpoint is cold and will get one call to show itself.
  void reset() { nanos_ = 0; }

  // The decayed latency; 0 when cold or long forgotten.
  base::Nanos latency(base::MonoTime now) const;
  // What one more call would cost: latency × (active + 1), in nanoseconds. A cold endpoint costs
  // nothing while idle and very much while its first answer is awaited.
  double cost(base::MonoTime now, std::uint32_t active) const;

 private:
  double decayed(base::MonoTime now) const;
  double weight_of_past(base::MonoTime now) const;

  const PeakEwmaOptions& options_;
  double nanos_ = 0;
  base::MonoTime observed_at_{};
};

}  // namespace weft::balance
