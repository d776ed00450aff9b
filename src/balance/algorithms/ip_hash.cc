#include "balance/algorithms/ip_hash.h"

#include "balance/hash.h"

#include <cstdint>

namespace weft::balance {

Endpoint& IpHash::pick(std::span<Endpoint* const> candidates, const PickContext& context) {
  if (!context.hash_key) {
    return *candidates[context.random.below(candidates.size())];
  }
  Endpoint* best = candidates.front();
  std::uint64_t best_score = mix(*context.hash_key ^ best->identity_hash);
  for (Endpoint* endpoint : candidates.subspan(1)) {
    const std::uint64_t score = mix(*context.hash_key ^ endpoint->identity_hash);
    if (score > best_score) {
      best = endpoint;
      best_score = score;
    }
  }
  return *best;
}

}  // namespace weft::balance
