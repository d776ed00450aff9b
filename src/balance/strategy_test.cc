#include "balance/strategy.h"

#include <gtest/gtest.h>

namespace weft::balance {
namespace {

TEST(Strategy, NamesReadBackAsTheStrategyTheyName) {
  for (int i = 0; i < kStrategyCount; ++i) {
    const auto strategy = static_cast<Strategy>(i);
    EXPECT_FALSE(strategy_name(strategy).empty()) << i;
    EXPECT_EQ(parse_strategy(strategy_name(strategy)), strategy) << strategy_name(strategy);
  }
}

TEST(Strategy, WeightedRoundRobinIsTheSameAsWeighted) {
  EXPECT_EQ(parse_strategy("weighted_round_robin"), Strategy::kWeighted);
  EXPECT_EQ(strategy_name(Strategy::kWeighted), "weighted");
}

TEST(Strategy, OtherNamesAreUnknown) {
  for (const char* name : {"", "roundrobin", "round-robin", "ROUND_ROBIN", "p2c", "geographic"}) {
    EXPECT_FALSE(parse_strategy(name)) << name;
  }
}

}  // namespace
}  // namespace weft::balance
