// Least connections: the endpoint with the fewest running requests, plain or per weight.
#pragma once

#include "balance/algorithms/algorithm.h"

#include <cstdint>

namespace weft::balance {

// Ties go by registration order. Source: contract/sutazai.md §1.1 (plain), contract/kong.md §5.1
// and contract/apg.md §4 (lowest active / weight).
// Thread: its loop.
class LeastConnections final : public Algorithm {
 public:
  enum class Weights : std::uint8_t { kIgnored, kRespected };

  explicit LeastConnections(Weights weights) : weights_(weights) {}
  Endpoint& pick(std::span<Endpoint* const> candidates, const PickContext& context) override;

 private:
  Weights weights_;
};

}  // namespace weft::balance
