// Affinity is a part of the pick: the pinned endpoint goes before the strategy, never before
// health.
#include "balance/cluster_fixture_for_test.h"

#include <gtest/gtest.h>

namespace weft::balance {
namespace {

TEST(Affinity, ThePinnedEndpointIsPickedWhileItIsUsable) {
  for (int i = 0; i < kStrategyCount; ++i) {
    ClusterOptions options;
    options.strategy = static_cast<Strategy>(i);
    ClusterForTest test(options);
    test.update(ClusterForTest::specs_of(5));
    for (int n = 0; n < 20; ++n) {
      ASSERT_EQ(test.pick_pinned(4), 4U) << strategy_name(options.strategy);
    }
  }
}

TEST(Affinity, ADegradedEndpointKeepsItsClientsAnUnusableOneDoesNot) {
  ClusterForTest test(round_robin_for_test());
  std::vector<EndpointSpec> specs = ClusterForTest::specs_of(3);
  specs[1].health = Health::kDegraded;
  test.update(specs);
  EXPECT_EQ(test.pick_pinned(2), 2U);
  EXPECT_NE(test.pick_pinned(2, tried_of({2})), 2U) << "it was just tried";
  test.fail_times(2, 5);
  EXPECT_NE(test.pick_pinned(2), 2U) << "its breaker is open";
  specs[1] = {.id = 2, .health = Health::kUnhealthy};
  test.update(specs);
  EXPECT_NE(test.pick_pinned(2), 2U);
  specs[0].weight = 0;
  test.update(specs);
  EXPECT_EQ(test.pick_pinned(1), 3U) << "weight 0 takes nothing";
}

TEST(Affinity, AnEjectedEndpointLosesItsClientsToThoseThatAreNot) {
  ClusterOptions options = round_robin_for_test();
  options.breaker.use = BreakerOptions::Use::kOff;
  options.outlier.consecutive_5xx = 3;
  ClusterForTest test(options);
  test.update(ClusterForTest::specs_of(2));
  test.fail_times(1, 3);
  EXPECT_EQ(test.pick_pinned(1), 2U);
  test.now += base::Seconds(30);
  EXPECT_EQ(test.pick_pinned(1), 1U);
}

TEST(Affinity, AnUnknownIdentityIsNoPin) {
  ClusterForTest test(round_robin_for_test());
  test.update(ClusterForTest::specs_of(2));
  const auto pick = [&test] {
    return balance::pick(test.cluster,
                         {.now = test.now, .random = test.random, .tried = {}, .pinned = 12345});
  };
  EXPECT_EQ(pick()->endpoint->id, 1U);
  EXPECT_EQ(pick()->endpoint->id, 2U);
}

}  // namespace
}  // namespace weft::balance
