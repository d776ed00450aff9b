#include "balance/algorithms/weighted.h"

namespace weft::balance {

void Weighted::adopt(std::span<Endpoint* const> endpoints) {
  credits_.assign(endpoints.empty() ? 0 : endpoints.back()->ordinal + 1, 0);
}

Endpoint& Weighted::pick(std::span<Endpoint* const> candidates, const PickContext& /*context*/) {
  std::int64_t total = 0;
  for (const Endpoint* endpoint : candidates) {
    credits_[endpoint->ordinal] += endpoint->weight;
    total += endpoint->weight;
  }
  Endpoint* best = candidates.front();
  for (Endpoint* endpoint : candidates.subspan(1)) {
    best = credits_[endpoint->ordinal] > credits_[best->ordinal] ? endpoint : best;
  }
  credits_[best->ordinal] -= total;  // whoever is served pays what all were given
  return *best;
}

}  // namespace weft::balance
