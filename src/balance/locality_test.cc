#include "balance/locality.h"

#include "balance/cluster_fixture_for_test.h"
#include "balance/hash.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

namespace weft::balance {
namespace {

// Endpoints 1..local of this zone, then others elsewhere.
std::vector<EndpointSpec> zoned_specs(std::uint32_t local, std::uint32_t remote) {
  std::vector<EndpointSpec> specs = ClusterForTest::specs_of(local + remote);
  for (EndpointSpec& spec : specs) {
    spec.is_local = spec.id <= local;
  }
  return specs;
}

ClusterOptions zoned_options(Strategy strategy = Strategy::kRoundRobin) {
  ClusterOptions options;
  options.strategy = strategy;
  return options;
}

// The share of picks that stays among endpoints 1..local.
double share_kept(ClusterForTest& test, std::uint32_t local, int picks = 4000) {
  int kept = 0;
  for (int i = 0; i < picks; ++i) {
    kept += test.pick({}, mix(static_cast<std::uint64_t>(i)))->endpoint->id <= local ? 1 : 0;
  }
  return static_cast<double>(kept) / picks;
}

TEST(Locality, TheShareIsWholeDownToTheMinimumAndFallsInProportionBelow) {
  const LocalityOptions options{.healthy_ratio_min = 0.7};
  EXPECT_EQ(local_share(options, 10, 10), 1);
  EXPECT_EQ(local_share(options, 7, 10), 1);
  EXPECT_DOUBLE_EQ(local_share(options, 6, 10), 0.6 / 0.7);
  EXPECT_DOUBLE_EQ(local_share(options, 1, 10), 0.1 / 0.7);
  EXPECT_EQ(local_share(options, 0, 10), 0);
  EXPECT_EQ(local_share({.healthy_ratio_min = 0}, 1, 10), 1) << "as long as one is left";
}

TEST(Locality, RequestsStayInTheZoneAndSpillOverAsItsEndpointsFail) {
  for (int i = 0; i < kStrategyCount; ++i) {
    const auto strategy = static_cast<Strategy>(i);
    SCOPED_TRACE(strategy_name(strategy));
    ClusterForTest test(zoned_options(strategy));
    std::vector<EndpointSpec> specs = zoned_specs(10, 10);
    test.update(specs);
    EXPECT_EQ(share_kept(test, 10), 1);
    for (std::uint32_t unhealthy = 1; unhealthy <= 10; ++unhealthy) {
      specs[unhealthy - 1].health = Health::kUnhealthy;
      test.update(specs);
      EXPECT_NEAR(share_kept(test, 10), std::min((10 - unhealthy) / 7.0, 1.0), 0.03) << unhealthy;
    }
  }
}

TEST(Locality, WhatSpillsOverDoesNotUnsettleTheTurnsOfTheZone) {
  ClusterForTest test(zoned_options());
  std::vector<EndpointSpec> specs = zoned_specs(10, 10);
  for (int i = 0; i < 5; ++i) {
    specs[static_cast<std::size_t>(i)].health = Health::kUnhealthy;
  }
  test.update(specs);
  std::map<std::uint32_t, int> served;
  for (int i = 0; i < 7'000; ++i) {
    ++served[test.pick_id()];
  }
  for (std::uint32_t id = 6; id <= 10; ++id) {
    EXPECT_NEAR(served[id], 1'000, 60) << id;
    EXPECT_NEAR(served[id], served[6], 1) << id;
  }
  for (std::uint32_t id = 11; id <= 20; ++id) {
    EXPECT_NEAR(served[id], served[11], 1) << id;
  }
}

TEST(Locality, AKeyDoesNotWanderBetweenZones) {
  ClusterForTest test(zoned_options(Strategy::kMaglev));
  std::vector<EndpointSpec> specs = zoned_specs(4, 4);
  specs[0].health = specs[1].health = Health::kUnhealthy;
  test.update(specs);
  for (std::uint64_t key = 0; key < 200; ++key) {
    const std::uint32_t first = test.pick({}, mix(key))->endpoint->id;
    for (int i = 0; i < 5; ++i) {
      ASSERT_EQ(test.pick({}, mix(key))->endpoint->id, first) << "key " << key;
    }
  }
}

TEST(Locality, ARetryLeavesTheZoneOnlyWhenItHasNobodyLeft) {
  ClusterForTest test(zoned_options());
  test.update(zoned_specs(2, 2));
  for (int i = 0; i < 20; ++i) {
    ASSERT_EQ(test.pick_id(tried_of({1})), 2U);
    ASSERT_GT(test.pick_id(tried_of({1, 2})), 2U);
  }
}

TEST(Locality, IsNeverTheCauseOfARefusal) {
  ClusterForTest test(zoned_options());
  std::vector<EndpointSpec> specs = zoned_specs(2, 2);
  specs[0].health = specs[1].health = Health::kUnhealthy;
  test.update(specs);
  EXPECT_GT(test.pick_id(), 2U);
  specs[0].health = specs[1].health = Health::kHealthy;
  specs[2].health = specs[3].health = Health::kUnhealthy;
  test.update(specs);
  EXPECT_LE(test.pick_id(), 2U);
  specs[0].health = specs[1].health = Health::kDegraded;
  test.update(specs);
  EXPECT_LE(test.pick_id(), 2U);
}

TEST(Locality, WeightZeroAndOpenBreakersAreNotCountedAsUsable) {
  ClusterOptions options = zoned_options();
  ClusterForTest test(options);
  std::vector<EndpointSpec> specs = zoned_specs(4, 4);
  specs[0].weight = 0;  // does not count at all: 3 of 3 are usable
  test.update(specs);
  EXPECT_EQ(share_kept(test, 4), 1);
  test.fail_times(2, 5);
  EXPECT_NEAR(share_kept(test, 4), (2 / 3.0) / 0.7, 0.03);
}

TEST(Locality, OffMeansOff) {
  ClusterOptions options = zoned_options();
  options.locality.mode = LocalityOptions::Mode::kOff;
  ClusterForTest test(options);
  test.update(zoned_specs(2, 2));
  EXPECT_EQ(share_kept(test, 2), 0.5);
}

}  // namespace
}  // namespace weft::balance
