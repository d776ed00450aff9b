#include "balance/pick.h"

namespace weft::balance {
namespace {

constexpr Tier kTiers[] = {Tier::kHealthy, Tier::kDegraded, Tier::kEjected};
static_assert(std::size(kTiers) == kTierCount);

}  // namespace

std::expected<Picked, PickRefusal> pick(Cluster& cluster, const PickContext& context) {
  cluster.advance(context.now);
  const Candidates& candidates = cluster.candidates();
  if (candidates.is_empty()) {
    return std::unexpected(candidates.refusal());
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
