// Outlier detection by comparison: at the end of each interval, who did clearly worse than its
// peers? outlier.h looks at failures in a row of one endpoint; here the whole cluster is judged at
// once.
#pragma once

#include "balance/outcome.h"
#include "base/time.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace weft::balance {

struct Endpoint;
struct OutlierOptions;

// What one endpoint did in the running interval. Thread: its loop.
struct IntervalTally {
  std::uint32_t requests = 0;
  std::uint32_t failures = 0;
  std::uint32_t answers = 0;   // that came, whatever they said
  double log_latency_sum = 0;  // of these, natural logarithm of nanoseconds

  // A try ended after `latency`; or one that had ended well broke later: no latency.
  void fold(Outcome outcome, std::optional<base::Nanos> latency);

  double success_rate() const { return 1 - static_cast<double>(failures) / requests; }
  // The geometric mean: a few very slow answers do not make an endpoint slow, as they would make
  // the mean. Nanoseconds; only with answers.
  double typical_latency() const;
};

// Thread: its loop.
class IntervalJudge final {
 public:
  // Is anything to be judged?
  static bool is_on(const OutlierOptions& options);

  bool is_due(base::MonoTime now) const { return now >= ends_at_; }
  // Makes room for so many endpoints, so that judge() does not allocate.
  void reserve(std::size_t endpoints);
  // Ends the interval: looks at the tallies of `endpoints`, empties them and begins the next.
  // Success rate: below mean - factor × standard deviation of those with enough requests.
  // Latency: the typical one above factor × median of the peers', and at least 1 ms above it.
  // Returns: who should be ejected, the worst first. Lifetime: until the next call.
  std::span<Endpoint* const> judge(std::span<Endpoint* const> endpoints,
                                   const OutlierOptions& options, base::MonoTime now);

 private:
  struct Entry {
    Endpoint* endpoint;
    double value;
  };

  void find_failing(const OutlierOptions& options);
  void find_slow(const OutlierOptions& options);
  void add(Endpoint& endpoint);

  base::MonoTime ends_at_{};
  std::vector<Entry> entries_;  // scratch
  std::vector<Endpoint*> outliers_;
};

}  // namespace weft::balance
