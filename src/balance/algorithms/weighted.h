// Smooth weighted round robin: exact shares over one cycle, spread as evenly as whole requests can.
#pragma once

#include "balance/algorithms/algorithm.h"

#include <cstdint>
#include <vector>

namespace weft::balance {

// Over any cycle of sum(weights) picks from an unchanged set, each endpoint gets its weight.
// Source: nginx, ngx_http_upstream_round_robin; contract/apg.md §4, contract/kong.md §5.1.
// Thread: its loop.
class Weighted final : public Algorithm {
 public:
  // A cycle of exact weights starts anew with the set it is exact for.
  void adopt(std::span<Endpoint* const> endpoints) override;
  Endpoint& pick(std::span<Endpoint* const> candidates, const PickContext& context) override;

 private:
  std::vector<std::int64_t> credits_;  // by ordinal
};

}  // namespace weft::balance
