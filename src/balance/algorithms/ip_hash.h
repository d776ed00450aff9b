// The same client to the same endpoint, by rendezvous hashing.
#pragma once

#include "balance/algorithms/algorithm.h"

namespace weft::balance {

// Stable while the set is; when one of n endpoints goes or comes, only its own clients, about 1/n,
// move. Weights do not count. Without a client hash the choice is random.
// Source: contract/sutazai.md §1.1, contract/apg.md §4; Thaler and Ravishankar 1998 (highest random
// weight).
// Thread: its loop.
class IpHash final : public Algorithm {
 public:
  Endpoint& pick(std::span<Endpoint* const> candidates, const PickContext& context) override;
};

}  // namespace weft::balance
