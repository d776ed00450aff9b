// What the probes of this process count about themselves.
#pragma once

#include "base/meters.h"
#include "health/probe_result.h"

#include <cstddef>

namespace weft::health {

// Thread: its loop.
class ProbeMeters final {
 public:
  explicit ProbeMeters(base::MeterRegistry& registry);

  void count(const ProbeResult& result);
  void note_load(std::size_t in_flight, std::size_t queued);

 private:
  base::MeterGroup group_;
  base::Counter& passing_;
  base::Counter& warning_;
  base::Counter& critical_;
  base::Counter& inconclusive_;
  base::Gauge& in_flight_;
  base::Gauge& queued_;
  base::Histogram& duration_;
};

}  // namespace weft::health
