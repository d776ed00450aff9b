#include "proxy/loop_cluster.h"

#include <gtest/gtest.h>

#include <array>
#include <utility>

namespace weft::proxy {
namespace {

TEST(BalanceOptions, EveryBalancingIsAStrategy) {
  using balance::Strategy;
  using model::Balancing;
  const std::array pairs{
      std::pair{Balancing::kPeakEwma, Strategy::kP2cEwma},
      std::pair{Balancing::kRoundRobin, Strategy::kRoundRobin},
      std::pair{Balancing::kWeighted, Strategy::kWeighted},
      std::pair{Balancing::kLeastConnections, Strategy::kLeastConnections},
      std::pair{Balancing::kWeightedLeastConnections, Strategy::kWeightedLeastConnections},
      std::pair{Balancing::kRandom, Strategy::kRandom},
      std::pair{Balancing::kIpHash, Strategy::kIpHash},
      std::pair{Balancing::kMaglev, Strategy::kMaglev},
      std::pair{Balancing::kRingHash, Strategy::kRingHash},
  };
  for (const auto& [balancing, strategy] : pairs) {
    EXPECT_EQ(balance_options({.service = "web", .balancing = balancing}).strategy, strategy);
  }
}

TEST(BalanceOptions, OutlierSettingsAreCarriedWhole) {
  model::ClusterSettings settings{.service = "web"};
  const balance::OutlierOptions fallback = balance_options(settings).outlier;
  EXPECT_EQ(fallback.consecutive_5xx, 0U);
  EXPECT_EQ(fallback.consecutive_gateway_failures, 0U);
  settings.outlier = {.consecutive_5xx = 7,
                      .consecutive_gateway_failures = 3,
                      .ejection_time = base::Seconds(5),
                      .ejection_time_max = base::Seconds(50),
                      .ejected_ratio_max = 0.25,
                      .interval = base::Seconds(7),
                      .interval_requests_min = 11,
                      .interval_endpoints_min = 4,
                      .success_rate_factor = 1.5,
                      .latency_factor = 3,
                      .panic_ratio = 0.125};
  const balance::ClusterOptions options = balance_options(settings);
  EXPECT_EQ(options.outlier.consecutive_5xx, 7U);
  EXPECT_EQ(options.outlier.consecutive_gateway_failures, 3U);
  EXPECT_EQ(options.outlier.base_ejection_time, base::Seconds(5));
  EXPECT_EQ(options.outlier.max_ejection_time, base::Seconds(50));
  EXPECT_EQ(options.outlier.ejected_ratio_max, 0.25);
  EXPECT_EQ(options.outlier.interval, base::Seconds(7));
  EXPECT_EQ(options.outlier.interval_requests_min, 11U);
  EXPECT_EQ(options.outlier.interval_endpoints_min, 4U);
  EXPECT_EQ(options.outlier.success_rate_factor, 1.5);
  EXPECT_EQ(options.outlier.latency_factor, 3);
  EXPECT_EQ(options.panic_ratio, 0.125);
}

TEST(BalanceOptions, LimitsAreThoseOfTheServiceElseOfTheTable) {
  model::ClusterSettings settings{.service = "web"};
  EXPECT_EQ(balance_options(settings).limits.connections_max,
            base::default_of(base::Limit::kBackendConnections));
  base::Limits limits;
  limits.set(base::Limit::kBackendConnections, 3);
  limits.set(base::Limit::kBackendPending, 2);
  settings.limits = model::limit_settings(limits);
  EXPECT_EQ(balance_options(settings).limits.connections_max, 3U);
  EXPECT_EQ(balance_options(settings).limits.pending_max, 2U);
}

}  // namespace
}  // namespace weft::proxy
