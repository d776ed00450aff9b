// The list of algorithms.
#pragma once

#include "balance/algorithms/algorithm.h"
#include "balance/strategy.h"

#include <memory>

namespace weft::balance {

std::unique_ptr<Algorithm> make_algorithm(Strategy strategy);

}  // namespace weft::balance
