#include "balance/algorithms/weighted.h"

#include <cstdint>

namespace weft::balance {

Endpoint& Weighted::pick(std::span<Endpoint* const> candidates, const PickContext& /*context*/) {
  std::int64_t total = 0;
  Endpoint* best = candidates.front();
  for (Endpoint* endpoint : candidates) {
    endpoint->turn_credit += endpoint->weight;
    total += endpoint->weight;
  }
  for (Endpoint* endpoint : candidates.subspan(1)) {
    best = endpoint->turn_credit > best->turn_credit ? endpoint : best;
  }
  best->turn_credit -= total;  // whoever is served pays what all were given
  return *best;
}

}  // namespace weft::balance
