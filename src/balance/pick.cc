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

// As pick(), where some candidates are left out: those tried before, those that warm up.
std::expected<Picked, PickRefusal> pick_one_by_one(Cluster& cluster, const PickContext& context) {
  static constexpr Tried kNone;
  for (const bool was_tried : {false, true}) {
    const Tried& tried = was_tried ? kNone : context.tried;
    for (const Tier tier : kTiers) {
      const auto left = cluster.eligible(cluster.candidates().tier(tier), tried, context.now);
      if (!left.empty()) {
        Endpoint& endpoint = cluster.algorithm().pick(left, context);
        cluster.note_pick(endpoint, context.now);
        return Picked{.endpoint = &endpoint, .was_tried = was_tried};
      }
    }
  }
  return std::unexpected(cluster.candidates().refusal());
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
  const bool is_plain = context.tried.is_empty() && !cluster.is_choosy(context.now);
  if (!is_plain) [[unlikely]] {
    return pick_one_by_one(cluster, context);
  }
  for (const Tier tier : kTiers) {
    if (const auto usable = candidates.tier(tier); !usable.empty()) {
      return Picked{.endpoint = &cluster.algorithm().pick(usable, context), .was_tried = false};
    }
  }
  return std::unexpected(candidates.refusal());
}

}  // namespace weft::balance
