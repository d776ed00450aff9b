#include "balance/strategy.h"

#include <array>

namespace weft::balance {
namespace {

struct Name {
  std::string_view text;
  Strategy strategy;
};

// The first name of a strategy is ours, further ones are only read.
constexpr std::array kNames{
    Name{"round_robin", Strategy::kRoundRobin},
    Name{"least_connections", Strategy::kLeastConnections},
    Name{"weighted_least_connections", Strategy::kWeightedLeastConnections},
    Name{"weighted", Strategy::kWeighted},
    Name{"weighted_round_robin", Strategy::kWeighted},
    Name{"random", Strategy::kRandom},
    Name{"ip_hash", Strategy::kIpHash},
    Name{"p2c_ewma", Strategy::kP2cEwma},
    Name{"maglev", Strategy::kMaglev},
    Name{"ring_hash", Strategy::kRingHash},
};

}  // namespace

std::string_view strategy_name(Strategy strategy) {
  for (const Name& name : kNames) {
    if (name.strategy == strategy) {
      return name.text;
    }
  }
  return "";
}

std::optional<Strategy> parse_strategy(std::string_view name) {
  for (const Name& known : kNames) {
    if (known.text == name) {
      return known.strategy;
    }
  }
  return std::nullopt;
}

}  // namespace weft::balance
