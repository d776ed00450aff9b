#include "balance/algorithms/ip_hash.h"

#include "balance/hash.h"

#include <cstdint>

namespace weft::balance {

Endpoint& IpHash::pick(std::span<Endpoint* const> candidates, const PickContext& context) {
  if (!context.client_hash) {
    return *candidates[context.random.below(candidates.size())];
  }
  Endpoint* best = candidates.front();
  std::uint64_t best_score = mix(*context.client_hash ^ best->identity_hash);
  for (Endpoint* endpoint : candidates.subspan(1)) {
    const std::uint64_t score = mix(*context.client_hash ^ endpoint->identity_hash);
    if (score > best_score) {
      best = endpoint;
      best_score = score;
    }
  }
  return *best;
}

}  // namespace weft::balance
