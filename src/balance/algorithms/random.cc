#include "balance/algorithms/random.h"

namespace weft::balance {

Endpoint& RandomChoice::pick(std::span<Endpoint* const> candidates, const PickContext& context) {
  return *candidates[context.random.below(candidates.size())];
}

}  // namespace weft::balance
