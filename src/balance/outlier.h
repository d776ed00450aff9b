// Passive outlier detection of one endpoint: failures in a row earn an ejection, longer each time.
// Whether it happens is the cluster's decision, which looks at the share already ejected.
#pragma once

#include "balance/outcome.h"
#include "base/time.h"

#include <cstddef>
#include <cstdint>

namespace weft::balance {

// Source: Envoy, outlier detection; times and share are Envoy's defaults. chosen: off by default,
// because the breaker already acts on failures in a row and the contract ends an open period after
// its recovery timeout, which an ejection would prolong.
struct OutlierOptions {
  std::uint32_t consecutive_5xx = 0;                   // any failure counts; 0 = off
  std::uint32_t consecutive_gateway_failures = 0;      // see is_gateway_failure; 0 = off
  base::Nanos base_ejection_time = base::Seconds(30);  // times the number of recent ejections
  base::Nanos max_ejection_time = base::Seconds(300);
  // One recent ejection is forgiven per this much time back in service.
  base::Nanos forgive_interval = base::Seconds(10);
  double ejected_ratio_max = 0.1;  // of the cluster; one of two or more may always go

  // By comparison with the peers, see outlier_interval.h. Source: Envoy's success rate, 10 s, 100
  // requests, 5 endpoints; its factor is 1.9.
  base::Nanos interval = base::Seconds(10);
  std::uint32_t interval_requests_min = 100;  // of an endpoint, before it is judged
  std::uint32_t interval_endpoints_min = 5;   // with so many requests, before anybody is
  double success_rate_factor = 0;             // of the standard deviation; 0 = off
  double latency_factor = 0;                  // of the peers' median; 0 = off
};

// How many of `endpoint_count` may be ejected at a time; never all of them.
std::size_t ejections_max(const OutlierOptions& options, std::size_t endpoint_count);

// Lifetime: `options` outlives it and may change under it.
// Thread:   its loop.
class Outlier final {
 public:
  enum class Advice : std::uint8_t { kKeep, kEject };

  explicit Outlier(const OutlierOptions& options);

  // Folds one outcome. kEject repeats until eject() is called or a success comes.
  Advice fold(Outcome outcome);

  void eject(base::MonoTime now);
  // Back at once, e.g. because an active check passed. Source: Envoy,
  // successful_active_health_check_uneject_host.
  void uneject(base::MonoTime now);
  bool is_ejected(base::MonoTime now) const { return now < ejected_until_; }
  base::MonoTime ejected_until() const { return ejected_until_; }
  // Recent ejections, the factor of the next ejection time.
  std::uint32_t ejection_count() const { return ejection_count_; }

 private:
  const OutlierOptions& options_;
  std::uint32_t failures_in_a_row_ = 0;
  std::uint32_t gateway_failures_in_a_row_ = 0;
  std::uint32_t ejection_count_ = 0;
  base::MonoTime ejected_until_{};
};

}  // namespace weft::balance
