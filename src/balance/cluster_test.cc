#include "balance/cluster.h"

#include "balance/cluster_fixture_for_test.h"

#include <gtest/gtest.h>

#include <optional>

namespace weft::balance {
namespace {

using base::Seconds;

TEST(Cluster, AnEndpointKeepsItsStateWhenTheSetChanges) {
  ClusterForTest test;
  test.update(ClusterForTest::specs_of(3));
  test.fail_times(2, 5);
  Endpoint* const before = test.cluster.find(2);
  test.update({{.id = 9}, {.id = 2, .weight = 7}});
  EXPECT_EQ(test.cluster.find(2), before);
  EXPECT_EQ(before->breaker.state(), BreakerState::kOpen);
  EXPECT_EQ(before->counters.failures_total, 5U);
  EXPECT_EQ(before->weight, 7U);
  EXPECT_EQ(before->ordinal, 1U);
  EXPECT_EQ(test.cluster.find(1), nullptr);
  EXPECT_EQ(test.cluster.endpoints().size(), 2U);
}

TEST(Cluster, ARemovedEndpointLivesUntilItsLastRequestEnds) {
  ClusterForTest test;
  test.update(ClusterForTest::specs_of(2));
  Endpoint& leaving = test.endpoint(1);
  {
    Attempt attempt(test.cluster, leaving, test.now);
    test.update({{.id = 2}});
    EXPECT_EQ(test.cluster.find(1), nullptr);
    EXPECT_FALSE(test.cluster.is_idle());
    EXPECT_EQ(test.pick_id(), 2U);
    attempt.settle(Outcome::kSuccess, test.now);  // the endpoint is still there to be told
    EXPECT_EQ(leaving.active, 1U);
  }
  EXPECT_TRUE(test.cluster.is_idle());
  test.cluster.sweep();
}

TEST(Cluster, ARemovedEndpointLivesWhileAConnectionIsOpen) {
  ClusterForTest test;
  test.update(ClusterForTest::specs_of(1));
  Endpoint& leaving = test.endpoint(1);
  std::optional<LimitSlot> slot = *leaving.limits.take_connection();
  test.update({});
  EXPECT_EQ(leaving.limits.connections(), 1U);
  EXPECT_FALSE(test.cluster.is_idle());
  slot.reset();
  EXPECT_TRUE(test.cluster.is_idle());
}

TEST(Cluster, AnEndpointThatComesBackBeforeItIsIdleHasItsStateAgain) {
  ClusterForTest test;
  test.update(ClusterForTest::specs_of(1));
  test.fail_times(1, 5);
  const Attempt attempt(test.cluster, test.endpoint(1), test.now);
  test.update({});
  test.update(ClusterForTest::specs_of(1));
  EXPECT_EQ(test.endpoint(1).breaker.state(), BreakerState::kOpen);
  EXPECT_EQ(test.endpoint(1).active, 1U);
}

TEST(Cluster, AnIdleEndpointThatLeftComesBackNew) {
  ClusterForTest test;
  test.update(ClusterForTest::specs_of(1));
  test.fail_times(1, 5);
  test.update({});
  test.update(ClusterForTest::specs_of(1));
  EXPECT_EQ(test.endpoint(1).breaker.state(), BreakerState::kClosed);
  EXPECT_EQ(test.endpoint(1).counters.attempts_total, 0U);
}

TEST(Cluster, OfTwoSpecsWithOneIdTheFirstCounts) {
  ClusterForTest test;
  test.update({{.id = 1, .weight = 3}, {.id = 1, .weight = 9}, {.id = 2}});
  EXPECT_EQ(test.cluster.endpoints().size(), 2U);
  EXPECT_EQ(test.endpoint(1).weight, 3U);
}

TEST(Cluster, ReportsEveryBreakerTransition) {
  ClusterForTest test;
  test.update(ClusterForTest::specs_of(2));
  test.fail_times(1, 5);
  const auto opened_at = test.now;
  test.now += Seconds(60);
  test.cluster.advance(test.now);
  test.call(1, Outcome::kSuccess);
  ASSERT_EQ(test.transitions.size(), 3U);
  EXPECT_EQ(test.transitions[0].entered, BreakerState::kOpen);
  EXPECT_EQ(test.transitions[0].endpoint_id, 1U);
  EXPECT_EQ(test.transitions[0].at, opened_at);
  EXPECT_EQ(test.transitions[1].entered, BreakerState::kHalfOpen);
  EXPECT_EQ(test.transitions[2].entered, BreakerState::kClosed);
}

TEST(Cluster, APassedActiveCheckLetsATrialThroughBeforeTheTimeout) {
  ClusterForTest test;
  test.update(ClusterForTest::specs_of(1));
  test.fail_times(1, 5);
  EXPECT_EQ(test.pick().error(), PickRefusal::kAllBreakersOpen);
  test.cluster.on_active_check_passed(1, test.now);
  EXPECT_EQ(test.pick_id(), 1U);
  test.cluster.on_active_check_passed(77, test.now);  // left meanwhile: nothing happens
}

TEST(Cluster, ResetClosesABreakerAndSaysWhenThereIsNone) {
  ClusterForTest test;
  test.update(ClusterForTest::specs_of(1));
  test.fail_times(1, 5);
  EXPECT_TRUE(test.cluster.reset_breaker(1, test.now));
  EXPECT_EQ(test.pick_id(), 1U);
  EXPECT_EQ(test.transitions.back().entered, BreakerState::kClosed);
  EXPECT_FALSE(test.cluster.reset_breaker(2, test.now));
}

TEST(Cluster, ConfigureCountsForBreakersThatAreOpenAlready) {
  ClusterForTest test;
  test.update(ClusterForTest::specs_of(1));
  test.fail_times(1, 5);
  ClusterOptions options;
  options.breaker.recovery_timeout = Seconds(1);
  test.cluster.configure(options, test.now);
  EXPECT_FALSE(test.pick());
  test.now += Seconds(1);
  EXPECT_EQ(test.pick_id(), 1U);
}

TEST(Cluster, ConfigureChangesTheStrategy) {
  ClusterForTest test;
  test.update(ClusterForTest::specs_of(3));
  ClusterOptions options;
  options.strategy = Strategy::kRoundRobin;
  test.cluster.configure(options, test.now);
  EXPECT_EQ(test.pick_id(), 1U);
  EXPECT_EQ(test.pick_id(), 2U);
  EXPECT_EQ(test.pick_id(), 3U);
}

TEST(Cluster, AnEndpointThatRecoveredIsTriedAtOnceByP2c) {
  ClusterForTest test;
  test.update(ClusterForTest::specs_of(2));
  test.call(2, Outcome::kSuccess);
  test.call(1, Outcome::kTimeout, Seconds(5));
  EXPECT_EQ(test.pick_id(), 2U);
  test.update({{.id = 1, .health = Health::kUnhealthy}, {.id = 2}});
  test.update({{.id = 1, .health = Health::kHealthy}, {.id = 2}});
  EXPECT_EQ(test.pick_id(), 1U) << "its old latency is forgotten";
}

TEST(Cluster, ATrialIsOfferedByP2cDespiteTheFailuresBeforeIt) {
  ClusterOptions options;
  options.breaker.recovery_timeout = Seconds(1);
  ClusterForTest test(options);
  test.update(ClusterForTest::specs_of(2));
  test.call(2, Outcome::kSuccess);
  test.fail_times(1, 5);
  test.now += Seconds(1);
  EXPECT_EQ(test.pick_id(), 1U);
}

}  // namespace
}  // namespace weft::balance
