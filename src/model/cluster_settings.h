// How the instances of one service are called: balancing, breaker, retries, timeouts, limits.
// The initialisers are the defaults of every cluster.
// Source: contract/README.md "Every service through the gateway".
#pragma once

#include "base/described.h"
#include "base/limits.h"
#include "base/time.h"
#include "model/choice_settings.h"
#include "model/names.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weft::model {

enum class Balancing : std::uint8_t {
  kPeakEwma,  // two random choices, the lower peak EWMA of latency times pending
  kRoundRobin,
  kWeighted,                  // smooth weighted round robin
  kLeastConnections,          // fewest requests under way
  kWeightedLeastConnections,  // fewest requests under way per weight
  kRandom,
  kIpHash,    // stable per client address
  kMaglev,    // stable per key, even shares by weight; `hash` says which key
  kRingHash,  // stable per key, gives way to load; `hash` says which key
};
BOOST_DESCRIBE_ENUM(Balancing, kPeakEwma, kRoundRobin, kWeighted, kLeastConnections,
                    kWeightedLeastConnections, kRandom, kIpHash, kMaglev, kRingHash)

// Stops calling an endpoint that fails.
struct BreakerSettings {
  bool enabled = true;
  std::uint32_t consecutive_failures = 5;       // opens
  double error_ratio = 0;                       // opens as well; 0: not judged
  std::uint32_t error_ratio_requests_min = 20;  // within the window, before the ratio is judged
  base::Nanos error_ratio_window = base::Seconds(10);
  base::Nanos recovery = base::Seconds(60);  // open for that long, then half-open
  std::uint32_t trials = 1;                  // half-open: that many successes close it

  bool operator==(const BreakerSettings&) const = default;

  static constexpr auto kFields =
      base::fields(base::field("consecutive_failures").at_least(1),
                   base::field("error_ratio").range(0, 1), base::field("trials").at_least(1));
};
BOOST_DESCRIBE_STRUCT(BreakerSettings, (),
                      (enabled, consecutive_failures, error_ratio, error_ratio_requests_min,
                       error_ratio_window, recovery, trials))

// Takes endpoints that fail out of rotation for a while, longer each time. Off unless a number of
// failures is given: the breaker already acts on failures in a row.
struct OutlierSettings {
  std::uint32_t consecutive_5xx = 0;               // failures of any kind; ejects; 0: not judged
  std::uint32_t consecutive_gateway_failures = 0;  // not reached, or 502 to 504; 0: not judged
  base::Nanos ejection_time = base::Seconds(30);   // times the number of recent ejections
  base::Nanos ejection_time_max = base::Seconds(300);
  double ejected_ratio_max = 0.5;  // never more than this share of the endpoints
  // By comparison with the others, at the end of each interval.
  base::Nanos interval = base::Seconds(10);
  std::uint32_t interval_requests_min = 100;  // of an endpoint, before it is judged
  std::uint32_t interval_endpoints_min = 5;   // with so many requests, before anybody is
  double success_rate_factor = 0;  // ejects below mean - factor * standard deviation; 0: not judged
  double latency_factor = 0;       // ejects above factor * median of the others; 0: not judged
  // Fewer usable than this share: health is not believed any more. 0: never, because with no
  // healthy instance the contract answers 503 (sutazai.md §1.1).
  double panic_ratio = 0;

  bool operator==(const OutlierSettings&) const = default;

  static constexpr auto kFields = base::fields(
      base::field("consecutive_5xx").at_most(1'000).about("0: not judged"),
      base::field("consecutive_gateway_failures").at_most(1'000).about("0: not judged"),
      base::field("ejected_ratio_max").range(0, 1),
      base::field("interval_requests_min").at_least(1),
      base::field("interval_endpoints_min").at_least(2),
      base::field("success_rate_factor").range(0, 100).about("0: not judged"),
      base::field("latency_factor").range(0, 1'000).about("0: not judged"),
      base::field("panic_ratio").range(0, 1));
};
BOOST_DESCRIBE_STRUCT(OutlierSettings, (),
                      (consecutive_5xx, consecutive_gateway_failures, ejection_time,
                       ejection_time_max, ejected_ratio_max, interval, interval_requests_min,
                       interval_endpoints_min, success_rate_factor, latency_factor, panic_ratio))

// Second tries, only where they are safe and the budget has room.
struct RetrySettings {
  std::uint32_t retries = 2;  // beyond the first try
  // Answers that are worth another instance; only where a second time does no harm.
  std::vector<std::uint16_t> on_statuses{502, 503, 504};
  // The pause before trying one a second time: random, doubling from the base to the maximum.
  base::Nanos backoff_base = base::Millis(100);
  base::Nanos backoff_max = base::Seconds(2);
  // A second try beside the first one when that has not answered for so long; 0: none.
  base::Nanos hedge_after{0};
  double budget_ratio = 0.2;            // of the requests within the window
  double budget_floor_per_second = 10;  // allowed on top, whatever the traffic
  base::Nanos budget_window = base::Seconds(10);

  bool operator==(const RetrySettings&) const = default;
  bool is_on(std::uint16_t status) const;

  static constexpr auto kFields = base::fields(
      base::field("retries").at_most(10), base::field("on_statuses").length(0, 32),
      base::field("hedge_after").about("0s: never"), base::field("budget_ratio").range(0, 1),
      base::field("budget_floor_per_second").range(0, 1e6));
};
BOOST_DESCRIBE_STRUCT(RetrySettings, (),
                      (retries, on_statuses, backoff_base, backoff_max, hedge_after, budget_ratio,
                       budget_floor_per_second, budget_window))

struct TimeoutSettings {
  base::Nanos connect = base::Seconds(1);
  base::Nanos request = base::Seconds(30);  // all tries together
  base::Nanos idle = base::Seconds(60);     // no byte either way
  base::Nanos per_try{0};                   // 0: a try may take what is left of the request

  bool operator==(const TimeoutSettings&) const = default;
};
BOOST_DESCRIBE_STRUCT(TimeoutSettings, (), (connect, request, idle, per_try))

// Per loop; those of one endpoint first. 0 is no limit, except for the first two.
struct LimitSettings {
  std::uint32_t connections_max =
      static_cast<std::uint32_t>(base::default_of(base::Limit::kBackendConnections));
  // Requests that wait for a connection.
  std::uint32_t pending_max =
      static_cast<std::uint32_t>(base::default_of(base::Limit::kBackendPending));

  std::uint32_t requests_max =
      static_cast<std::uint32_t>(base::default_of(base::Limit::kBackendRequests));
  // Of all endpoints together.
  std::uint32_t cluster_connections_max =
      static_cast<std::uint32_t>(base::default_of(base::Limit::kClusterConnections));
  std::uint32_t cluster_pending_max =
      static_cast<std::uint32_t>(base::default_of(base::Limit::kClusterPending));
  std::uint32_t cluster_requests_max =
      static_cast<std::uint32_t>(base::default_of(base::Limit::kClusterRequests));
  // A connection that has carried so many is closed.
  std::uint32_t requests_per_connection_max =
      static_cast<std::uint32_t>(base::default_of(base::Limit::kConnectionRequests));
  // Of a body, without its framing. A larger request is 413; a larger answer is 502, or cut where
  // it turns out too late.
  std::uint64_t request_bytes_max = base::default_of(base::Limit::kRequestBytes);
  std::uint64_t response_bytes_max = base::default_of(base::Limit::kResponseBytes);

  bool operator==(const LimitSettings&) const = default;

  static constexpr auto kFields =
      base::fields(base::field("connections_max").at_least(1),
                   base::field("requests_max").about("0: not limited"),
                   base::field("cluster_connections_max").about("0: not limited"),
                   base::field("cluster_pending_max").about("0: not limited"),
                   base::field("cluster_requests_max").about("0: not limited"),
                   base::field("requests_per_connection_max").about("0: not limited"),
                   base::field("request_bytes_max").about("0: not limited"),
                   base::field("response_bytes_max").about("0: not limited"));
};
BOOST_DESCRIBE_STRUCT(LimitSettings, (),
                      (connections_max, pending_max, requests_max, cluster_connections_max,
                       cluster_pending_max, cluster_requests_max, requests_per_connection_max,
                       request_bytes_max, response_bytes_max))

// Finds out from the latency how many requests all endpoints together can work on, per loop; more
// are refused. Not for services that keep requests open on purpose.
struct AdaptiveSettings {
  bool enabled = false;
  std::uint32_t limit_min = 4;
  std::uint32_t limit_max =
      static_cast<std::uint32_t>(base::default_of(base::Limit::kAdaptiveRequests));
  double latency_headroom = 0.25;  // above the best, before the limit falls

  bool operator==(const AdaptiveSettings&) const = default;

  static constexpr auto kFields =
      base::fields(base::field("limit_min").at_least(1), base::field("limit_max").at_least(1),
                   base::field("latency_headroom").range(0, 10));
};
BOOST_DESCRIBE_STRUCT(AdaptiveSettings, (), (enabled, limit_min, limit_max, latency_headroom))

// As this process has set them.
LimitSettings limit_settings(const base::Limits& limits);

// The settings under this name are the defaults of services without an entry of their own.
inline constexpr std::string_view kEveryService = "*";

// Settings of one service. They are always whole: State fills in what is not a service's own from
// the settings of kEveryService, and there from the node's. Thread: any (a value).
struct ClusterSettings {
  std::string service{};
  Balancing balancing = Balancing::kPeakEwma;
  HashSettings hash{};
  AffinitySettings affinity{};
  BreakerSettings breaker{};
  OutlierSettings outlier{};
  SlowStartSettings slow_start{};
  LocalitySettings locality{};
  RetrySettings retry{};
  TimeoutSettings timeouts{};
  LimitSettings limits{};
  AdaptiveSettings adaptive{};
  // Which of them are its own ("balancing", "timeouts.request"); null: all.
  std::optional<std::vector<std::string>> own{};

  bool operator==(const ClusterSettings&) const = default;
  void validate(base::Decoding& at) const;

  static constexpr auto kFields = base::fields(
      base::field("service").required().length(1, kNameLengthMax).pattern(kNamePattern),
      base::field("own").left_out_when_null());
};
BOOST_DESCRIBE_STRUCT(ClusterSettings, (),
                      (service, balancing, hash, affinity, breaker, outlier, slow_start, locality,
                       retry, timeouts, limits, adaptive, own))

inline std::string key_of(const ClusterSettings& settings) { return settings.service; }

// Every single setting by its name, in order.
const std::vector<std::string>& setting_names();

// `name` is one of setting_names(), or a group of them: "timeouts".
bool has_own(const ClusterSettings& settings, std::string_view name);
// Gives `settings` the value that `from` has under that name, as its own.
void take_setting(ClusterSettings& settings, const ClusterSettings& from, std::string_view name);
// Lets go of an own value; inherit() replaces it.
void drop_setting(ClusterSettings& settings, std::string_view name);

// `settings` with everything that is not its own taken from `base`.
ClusterSettings inherit(const ClusterSettings& base, ClusterSettings settings);

}  // namespace weft::model
