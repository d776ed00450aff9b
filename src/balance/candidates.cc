#include "balance/candidates.h"

#include <algorithm>

namespace weft::balance {
namespace {

bool is_healthy(const Endpoint& endpoint) {
  return endpoint.health == Health::kHealthy || endpoint.health == Health::kUnknown;
}

Tier tier_of(const Endpoint& endpoint, base::MonoTime now) {
  if (endpoint.outlier.is_ejected(now)) {
    return Tier::kEjected;
  }
  return is_healthy(endpoint) ? Tier::kHealthy : Tier::kDegraded;
}

// What the decisions about the whole cluster need.
struct Census {
  std::size_t in_use = 0;     // with weight
  std::size_t alive = 0;      // of these healthy or degraded
  std::size_t available = 0;  // of these not ejected
  std::size_t resting = 0;    // healthy or degraded, but without weight
  base::MonoTime changes_at = base::kNever;
};

Census take_census(Candidates::Endpoints endpoints, base::MonoTime now) {
  Census census;
  for (const Endpoint* endpoint : endpoints) {
    const bool is_ejected = endpoint->outlier.is_ejected(now);
    if (is_ejected) {
      census.changes_at = std::min(census.changes_at, endpoint->outlier.ejected_until());
    }
    census.changes_at = std::min(census.changes_at, endpoint->breaker.changes_at());
    if (endpoint->weight == 0) {
      census.resting += endpoint->health == Health::kUnhealthy ? 0 : 1;
      continue;
    }
    ++census.in_use;
    if (endpoint->health == Health::kUnhealthy) {
      continue;
    }
    ++census.alive;
    census.available += is_ejected ? 0 : 1;
  }
  return census;
}

}  // namespace

void Candidates::rebuild(Endpoints endpoints, const ClusterOptions& options, base::MonoTime now) {
  const Census census = take_census(endpoints, now);
  valid_until_ = census.changes_at;
  is_panic_ = static_cast<double>(census.available) <
              options.panic_ratio * static_cast<double>(census.in_use);
  list_.clear();
  list_.reserve(endpoints.size());
  append(endpoints, Tier::kHealthy, now);
  append(endpoints, Tier::kDegraded, now);
  append(endpoints, Tier::kEjected, now);
  split_by_zone(endpoints, options.locality);
  if (endpoints.empty()) {
    refusal_ = PickRefusal::kNoEndpoints;
  } else if (census.alive == 0 && !is_panic_) {
    refusal_ = census.resting > 0 ? PickRefusal::kNoWeight : PickRefusal::kNoHealthy;
  } else {
    refusal_ = PickRefusal::kAllBreakersOpen;
  }
}

std::span<Endpoint* const> Candidates::tier(Tier tier) const {
  const auto index = static_cast<std::size_t>(tier);
  const std::size_t begin = index == 0 ? 0 : tier_ends_[index - 1];
  return std::span(list_).subspan(begin, tier_ends_[index] - begin);
}

void Candidates::append(Endpoints endpoints, Tier tier, base::MonoTime now) {
  for (Endpoint* endpoint : endpoints) {
    if (endpoint->weight == 0 || !endpoint->breaker.admits()) {
      continue;
    }
    const bool is_member =
        is_panic_ ? tier == Tier::kHealthy
                  : endpoint->health != Health::kUnhealthy && tier_of(*endpoint, now) == tier;
    if (is_member) {
      list_.push_back(endpoint);
    }
  }
  tier_ends_[static_cast<std::size_t>(tier)] = list_.size();
}

// Zones matter when the healthy tier has members in this one and elsewhere; in panic nobody knows
// who is well, so all are used. With no healthy one here the healthy tier is remote as a whole.
void Candidates::split_by_zone(Endpoints endpoints, const LocalityOptions& options) {
  local_.clear();
  remote_.clear();
  if (options.mode == LocalityOptions::Mode::kOff || is_panic_) {
    return;
  }
  const auto total =
      static_cast<std::size_t>(std::ranges::count_if(endpoints, [](const Endpoint* endpoint) {
        return endpoint->is_local && endpoint->weight > 0;
      }));
  const auto healthy = tier(Tier::kHealthy);
  const auto usable = static_cast<std::size_t>(std::ranges::count_if(healthy, &Endpoint::is_local));
  if (usable == 0 || usable == healthy.size()) {
    return;
  }
  local_share_ = balance::local_share(options, usable, total);
  for (Endpoint* endpoint : healthy) {
    (endpoint->is_local ? local_ : remote_).push_back(endpoint);
  }
}

}  // namespace weft::balance
