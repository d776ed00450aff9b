// Uniform choice.
#pragma once

#include "balance/algorithms/algorithm.h"

namespace weft::balance {

// Source: contract/sutazai.md §1.1. Thread: its loop.
class RandomChoice final : public Algorithm {
 public:
  Endpoint& pick(std::span<Endpoint* const> candidates, const PickContext& context) override;
};

}  // namespace weft::balance
