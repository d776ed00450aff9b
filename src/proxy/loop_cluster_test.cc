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
  limits.set(base::Limit::kBackendRequests, 4);
  limits.set(base::Limit::kClusterConnections, 5);
  limits.set(base::Limit::kClusterPending, 6);
  limits.set(base::Limit::kClusterRequests, 7);
  settings.limits = model::limit_settings(limits);
  EXPECT_EQ(balance_options(settings).limits.connections_max, 3U);
  EXPECT_EQ(balance_options(settings).limits.pending_max, 2U);
  EXPECT_EQ(balance_options(settings).limits.requests_max, 4U);
  EXPECT_EQ(balance_options(settings).limits.cluster_connections_max, 5U);
  EXPECT_EQ(balance_options(settings).limits.cluster_pending_max, 6U);
  EXPECT_EQ(balance_options(settings).limits.cluster_requests_max, 7U);
}

TEST(BalanceOptions, HashSlowStartLocalityAndAdaptiveSettingsAreCarriedWhole) {
  model::ClusterSettings settings{.service = "web"};
  settings.hash.load_bound = 2;
  settings.slow_start = {.window = base::Seconds(20), .start_ratio = 0.3};
  settings.locality = {.mode = model::LocalityMode::kOff, .healthy_ratio_min = 0.4};
  settings.adaptive = {.enabled = true, .limit_min = 7, .limit_max = 70, .latency_headroom = 0.5};
  const balance::ClusterOptions options = balance_options(settings);
  EXPECT_EQ(options.ring_hash.load_bound, 2);
  EXPECT_EQ(options.slow_start.window, base::Seconds(20));
  EXPECT_EQ(options.slow_start.start_ratio, 0.3);
  EXPECT_EQ(options.locality.mode, balance::LocalityOptions::Mode::kOff);
  EXPECT_EQ(options.locality.healthy_ratio_min, 0.4);
  EXPECT_EQ(options.adaptive.use, balance::AdaptiveOptions::Use::kOn);
  EXPECT_EQ(options.adaptive.limit_min, 7U);
  EXPECT_EQ(options.adaptive.limit_max, 70U);
  EXPECT_EQ(options.adaptive.latency_headroom, 0.5);
}

TEST(BalanceOptions, WhatNobodySetIsWhatTheRoomHasAsItsDefault) {
  const balance::ClusterOptions made = balance_options({.service = "web"});
  const balance::ClusterOptions own;
  EXPECT_EQ(made.ring_hash.load_bound, own.ring_hash.load_bound);
  EXPECT_EQ(made.slow_start.window, own.slow_start.window);
  EXPECT_EQ(made.slow_start.start_ratio, own.slow_start.start_ratio);
  EXPECT_EQ(made.locality.mode, own.locality.mode);
  EXPECT_EQ(made.locality.healthy_ratio_min, own.locality.healthy_ratio_min);
  EXPECT_EQ(made.outlier.interval, own.outlier.interval);
  EXPECT_EQ(made.outlier.success_rate_factor, own.outlier.success_rate_factor);
  EXPECT_EQ(made.outlier.latency_factor, own.outlier.latency_factor);
  EXPECT_EQ(made.limits.requests_max, own.limits.requests_max);
  EXPECT_EQ(made.limits.cluster_requests_max, own.limits.cluster_requests_max);
  EXPECT_EQ(made.adaptive.use, own.adaptive.use);
  EXPECT_EQ(made.adaptive.limit_max, own.adaptive.limit_max);
}

}  // namespace
}  // namespace weft::proxy
