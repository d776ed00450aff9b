// The list of algorithms.
#pragma once

#include "balance/algorithms/algorithm.h"
#include "balance/options.h"

#include <memory>

namespace weft::balance {

// The algorithm of `options.strategy`. Lifetime: `options` outlives it and may change under it,
// except for the strategy.
std::unique_ptr<Algorithm> make_algorithm(const ClusterOptions& options);

}  // namespace weft::balance
