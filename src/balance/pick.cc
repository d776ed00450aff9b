#include "balance/pick.h"

#include "balance/algorithms/hashing.h"
#include "balance/hash.h"

namespace weft::balance {
namespace {

constexpr Tier kTiers[] = {Tier::kHealthy, Tier::kDegraded, Tier::kEjected};
static_assert(std::size(kTiers) == kTierCount);

// The one that the client is pinned to, when it may be picked. Not when it is ejected: that is how
// a client gets away from an endpoint that fails it.
Endpoint* pinned_endpoint(const Cluster& cluster, const Candidates& candidates,
                          std::uint64_t identity, const Tried& tried) {
  Endpoint* endpoint = cluster.find_identity(identity);
  if (endpoint == nullptr || tried.contains(endpoint->id) || cluster.is_full(*endpoint)) {
    return nullptr;
  }
  const bool is_usable = is_among(candidates.tier(Tier::kHealthy), *endpoint) ||
                         is_among(candidates.tier(Tier::kDegraded), *endpoint);
  return is_usable ? endpoint : nullptr;
}

// Some endpoints and whose turn it is among them.
struct Choice {
  std::span<Endpoint* const> endpoints;
  Algorithm& algorithm;
};

// The zone that takes this request. It is up to chance, or to the key: keys must not wander.
Choice choose_zone(Subset& subset, const PickContext& context) {
  const Candidates& candidates = subset.candidates();
  const double chance = context.hash_key
                            ? static_cast<double>(mix(~*context.hash_key) >> 11) * 0x1.0p-53
                            : context.random.unit();
  return chance < candidates.local_share() ? Choice{candidates.local(), subset.algorithm()}
                                           : Choice{candidates.remote(), subset.remote_algorithm()};
}

// As pick(), where some candidates are left out: those tried before, those that are full or warm
// up.
std::expected<Picked, PickRefusal> pick_one_by_one(Cluster& cluster, Subset& subset,
                                                   const PickContext& context) {
  static constexpr Tried kNone;
  const Candidates& candidates = subset.candidates();
  for (const bool was_tried : {false, true}) {
    const Tried& tried = was_tried ? kNone : context.tried;
    const auto choose_among = [&](const Choice& some) -> Endpoint* {
      const auto left = cluster.eligible(some.endpoints, tried, context.now);
      return left.empty() ? nullptr : &cluster.choose(some.algorithm, left, context);
    };
    Endpoint* chosen = nullptr;
    if (candidates.has_zones()) {
      chosen = choose_among(choose_zone(subset, context));
    }
    for (std::size_t tier = 0; chosen == nullptr && tier < kTierCount; ++tier) {
      chosen = choose_among({candidates.tier(kTiers[tier]), subset.algorithm()});
    }
    if (chosen != nullptr) {
      return Picked{.endpoint = chosen, .was_tried = was_tried};
    }
  }
  return std::unexpected(PickRefusal::kEndpointsFull);
}

}  // namespace

std::expected<Picked, PickRefusal> pick(Cluster& cluster, const PickContext& context) {
  cluster.advance(context.now);
  Subset& subset = context.subset != nullptr ? *context.subset : cluster.whole();
  const Candidates& candidates = subset.candidates();
  if (candidates.is_empty()) {
    return std::unexpected(candidates.refusal());
  }
  if (cluster.is_full()) [[unlikely]] {
    return std::unexpected(cluster.refusal_when_full());
  }
  if (context.pinned) [[unlikely]] {
    if (Endpoint* endpoint = pinned_endpoint(cluster, candidates, *context.pinned, context.tried)) {
      return Picked{.endpoint = endpoint, .was_tried = false};
    }
  }
  const bool is_plain = context.tried.is_empty() && !cluster.is_choosy(context.now);
  if (!is_plain) [[unlikely]] {
    return pick_one_by_one(cluster, subset, context);
  }
  if (candidates.has_zones()) {
    const Choice zone = choose_zone(subset, context);
    return Picked{.endpoint = &zone.algorithm.pick(zone.endpoints, context), .was_tried = false};
  }
  for (const Tier tier : kTiers) {
    if (const auto usable = candidates.tier(tier); !usable.empty()) {
      return Picked{.endpoint = &subset.algorithm().pick(usable, context), .was_tried = false};
    }
  }
  return std::unexpected(candidates.refusal());
}

}  // namespace weft::balance
