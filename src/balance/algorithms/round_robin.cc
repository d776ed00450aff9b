#include "balance/algorithms/round_robin.h"

#include <algorithm>

namespace weft::balance {

Endpoint& RoundRobin::pick(std::span<Endpoint* const> candidates, const PickContext& /*context*/) {
  auto turn =
      std::partition_point(candidates.begin(), candidates.end(),
                           [this](const Endpoint* endpoint) { return endpoint->ordinal < next_; });
  if (turn == candidates.end()) {
    turn = candidates.begin();
  }
  next_ = (*turn)->ordinal + 1;
  return **turn;
}

}  // namespace weft::balance
