#include "balance/pick.h"

#include "balance/algorithms/hashing.h"

namespace weft::balance {
namespace {

constexpr Tier kTiers[] = {Tier::kHealthy, Tier::kDegraded, Tier::kEjected};
static_assert(std::size(kTiers) == kTierCount);

// The one that the client is pinned to, when it may be picked. Not when it is ejected: that is how
// a client gets away from an endpoint that fails it.
Endpoint* pinned_endpoint(const Cluster& cluster, const PickContext& context) {
  Endpoint* endpoint = cluster.find_identity(*context.pinned);
  if (endpoint == nullptr || context.tried.contains(endpoint->id)) {
    return nullptr;
  }
  const Candidates& candidates = cluster.candidates();
  const bool is_usable = is_among(candidates.tier(Tier::kHealthy), *endpoint) ||
                         is_among(candidates.tier(Tier::kDegraded), *endpoint);
  return is_usable ? endpoint : nullptr;
}

}  // namespace

std::expected<Picked, PickRefusal> pick(Cluster& cluster, const PickContext& context) {
  cluster.advance(context.now);
  const Candidates& candidates = cluster.candidates();
  if (candidates.is_empty()) {
    return std::unexpected(candidates.refusal());
  }
  if (context.pinned) [[unlikely]] {
    if (Endpoint* endpoint = pinned_endpoint(cluster, context)) {
      return Picked{.endpoint = endpoint, .was_tried = false};
    }
  }
  Algorithm& algorithm = cluster.algorithm();
  if (!context.tried.is_empty()) {
    for (const Tier tier : kTiers) {
      if (const auto untried = cluster.untried(tier, context.tried); !untried.empty()) {
        return Picked{.endpoint = &algorithm.pick(untried, context), .was_tried = false};
      }
    }
  }
  for (const Tier tier : kTiers) {
    if (const auto usable = candidates.tier(tier); !usable.empty()) {
      return Picked{.endpoint = &algorithm.pick(usable, context),
                    .was_tried = !context.tried.is_empty()};
    }
  }
  return std::unexpected(candidates.refusal());
}

}  // namespace weft::balance
