// Which endpoints may be picked right now, worked out when something changed and not at each pick.
#pragma once

#include "balance/endpoint.h"
#include "base/time.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace weft::balance {

// Tiers in the order of preference. Every endpoint in a tier has weight and a breaker that admits.
enum class Tier : std::uint8_t {
  kHealthy,   // healthy or unknown; in panic all endpoints
  kDegraded,  // by active checks
  kEjected,   // healthy or degraded but ejected: ejection is advice and never the cause of a 503
};
inline constexpr std::size_t kTierCount = 3;

// Why nothing can be picked. Each has its own text in contract/sutazai.md §1.1.
enum class PickRefusal : std::uint8_t {
  kNoEndpoints,      // "No instances available for service x"
  kNoHealthy,        // "No healthy instances for service x"; degraded ones are missing too
  kNoWeight,         // there are healthy or degraded ones, and all of these have weight 0
  kAllBreakersOpen,  // "All instances have open circuit breakers"
  kEndpointsFull,    // each usable one has limits.requests_max requests
  kClusterFull,      // all together have limits.cluster_requests_max
  kAdaptiveLimit,    // all together have as many as they can work on
};

// Thread: its loop.
class Candidates final {
 public:
  using Endpoints = std::span<Endpoint* const>;

  // Sorts `endpoints` into tiers, each in registration order. Allocates only when the number of
  // endpoints grew.
  void rebuild(Endpoints endpoints, const ClusterOptions& options, base::MonoTime now);

  std::span<Endpoint* const> tier(Tier tier) const;
  // Do some of the healthy lie in this zone and some elsewhere? Then a request goes to one of
  // these.
  bool has_zones() const { return !local_.empty(); }
  std::span<Endpoint* const> local() const { return local_; }
  std::span<Endpoint* const> remote() const { return remote_; }
  // The share of the requests that stays here.
  double local_share() const { return local_share_; }
  bool is_empty() const { return list_.empty(); }
  bool is_panic() const { return is_panic_; }
  // Only when empty.
  PickRefusal refusal() const { return refusal_; }
  // Until then nothing changes by time alone.
  base::MonoTime valid_until() const { return valid_until_; }

 private:
  void append(Endpoints endpoints, Tier tier, base::MonoTime now);
  void split_by_zone(Endpoints endpoints, const LocalityOptions& options);

  std::vector<Endpoint*> list_;                      // tier after tier
  std::array<std::size_t, kTierCount> tier_ends_{};  // in list_
  // The healthy tier by zone; both empty when zones do not matter.
  std::vector<Endpoint*> local_;
  std::vector<Endpoint*> remote_;
  double local_share_ = 1;
  bool is_panic_ = false;
  PickRefusal refusal_ = PickRefusal::kNoEndpoints;
  base::MonoTime valid_until_ = base::kNever;
};

}  // namespace weft::balance
