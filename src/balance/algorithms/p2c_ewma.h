// Power of two choices with peak EWMA: of two random endpoints the one that would answer sooner.
#pragma once

#include "balance/algorithms/algorithm.h"

namespace weft::balance {

// Cost = decayed peak latency × (active + 1) / weight; equal costs go by chance. O(1), whatever the
// size of the cluster. Source: Finagle, P2C with PeakEwma; Mitzenmacher 2001 (two choices).
// Thread: its loop.
class P2cEwma final : public Algorithm {
 public:
  Endpoint& pick(std::span<Endpoint* const> candidates, const PickContext& context) override;
};

}  // namespace weft::balance
