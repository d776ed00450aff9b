// The names of the balancing strategies. algorithms/all.h makes the algorithm of one.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace weft::balance {

enum class Strategy : std::uint8_t {
  kRoundRobin,
  kLeastConnections,
  kWeightedLeastConnections,
  kWeighted,
  kRandom,
  kIpHash,
  kP2cEwma,
  kMaglev,
  kRingHash,
};
inline constexpr int kStrategyCount = 9;

// The key decides, and nothing else must: a slow start would send keys elsewhere and back.
constexpr bool is_hashing(Strategy strategy) {
  return strategy == Strategy::kIpHash || strategy == Strategy::kMaglev ||
         strategy == Strategy::kRingHash;
}

// Do weights shape the shares of this strategy?
constexpr bool respects_weights(Strategy strategy) {
  return strategy != Strategy::kRoundRobin && strategy != Strategy::kLeastConnections &&
         strategy != Strategy::kRandom && strategy != Strategy::kIpHash;
}

// Our own spelling: round_robin, least_connections, weighted_least_connections, weighted, random,
// ip_hash, p2c_ewma, maglev, ring_hash. Faces that spell differently translate. Lifetime: static.
// Source: contract/sutazai.md §1.1.
std::string_view strategy_name(Strategy strategy);

// Reads our spelling and weighted_round_robin, which is the same as weighted.
// Source:  contract/README.md "Balancing names", contract/apg.md §4.
// Returns: nullopt when no strategy has that name.
std::optional<Strategy> parse_strategy(std::string_view name);

}  // namespace weft::balance
