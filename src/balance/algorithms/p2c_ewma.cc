#include "balance/algorithms/p2c_ewma.h"

#include <cstddef>

namespace weft::balance {

Endpoint& P2cEwma::pick(std::span<Endpoint* const> candidates, const PickContext& context) {
  if (candidates.size() == 1) {
    return *candidates.front();
  }
  const std::size_t i = context.random.below(candidates.size());
  std::size_t j = context.random.below(candidates.size() - 1);
  j += j >= i ? 1 : 0;  // two different ones
  Endpoint& a = *candidates[i];
  Endpoint& b = *candidates[j];
  const double cost_a = a.latency.cost(context.now, a.active) * b.weight;
  const double cost_b = b.latency.cost(context.now, b.active) * a.weight;
  return cost_b < cost_a ? b : a;
}

}  // namespace weft::balance
