// Round robin: one after the other in registration order. Source: contract/sutazai.md §1.1.
#pragma once

#include "balance/algorithms/algorithm.h"

#include <cstdint>

namespace weft::balance {

// Thread: its loop.
class RoundRobin final : public Algorithm {
 public:
  Endpoint& pick(std::span<Endpoint* const> candidates, const PickContext& context) override;

 private:
  // The ordinal whose turn it is. A retry's pick moves it too: so the load of an endpoint that
  // fails spreads over all others instead of falling on its neighbour.
  std::uint32_t next_ = 0;
};

}  // namespace weft::balance
