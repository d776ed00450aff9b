#include "balance/pick.h"

#include "balance/cluster_fixture_for_test.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace weft::balance {
namespace {

using base::Seconds;

TEST(Pick, SaysThatThereAreNoEndpoints) {
  ClusterForTest test;
  EXPECT_EQ(test.pick().error(), PickRefusal::kNoEndpoints);
}

TEST(Pick, SaysThatNoneIsHealthy) {
  ClusterForTest test;
  test.update({{.id = 1, .health = Health::kUnhealthy},
               {.id = 2, .weight = 0, .health = Health::kUnhealthy}});
  EXPECT_EQ(test.pick().error(), PickRefusal::kNoHealthy);
  test.update({{.id = 1, .health = Health::kUnhealthy}, {.id = 2, .weight = 0}});
  EXPECT_EQ(test.pick().error(), PickRefusal::kNoWeight) << "2 is well, but takes nothing";
}

TEST(Pick, SaysThatAllBreakersAreOpen) {
  ClusterForTest test;
  test.update(ClusterForTest::specs_of(2));
  test.fail_times(1, 5);
  EXPECT_EQ(test.pick_id(), 2U);
  test.fail_times(2, 5);
  EXPECT_EQ(test.pick().error(), PickRefusal::kAllBreakersOpen);
}

TEST(Pick, PrefersHealthyAndTakesDegradedWhenNoneIsLeft) {
  ClusterForTest test(round_robin_for_test());
  test.update({{.id = 1, .health = Health::kDegraded},
               {.id = 2, .health = Health::kUnknown},
               {.id = 3, .health = Health::kUnhealthy}});
  EXPECT_EQ(test.pick_id(), 2U) << "never checked counts as healthy";
  EXPECT_EQ(test.pick_id(), 2U);
  test.fail_times(2, 5);
  EXPECT_EQ(test.pick_id(), 1U) << "degraded is better than an open breaker";
  test.update({{.id = 1, .health = Health::kDegraded}, {.id = 2, .health = Health::kUnhealthy}});
  EXPECT_EQ(test.pick_id(), 1U);
}

TEST(Pick, AvoidsTheTriedWhileAnotherIsUsable) {
  ClusterForTest test(round_robin_for_test());
  test.update({{.id = 1}, {.id = 2}, {.id = 3, .health = Health::kDegraded}});
  const Tried tried = tried_of({1, 2});
  const auto picked = test.pick(tried);
  ASSERT_TRUE(picked);
  EXPECT_EQ(picked->endpoint->id, 3U);
  EXPECT_FALSE(picked->was_tried);
}

TEST(Pick, ReturnsATriedOneAndSaysSoWhenNoOtherIsLeft) {
  ClusterForTest test(round_robin_for_test());
  test.update({{.id = 1}, {.id = 2}, {.id = 3, .health = Health::kUnhealthy}});
  const auto picked = test.pick(tried_of({1, 2}));
  ASSERT_TRUE(picked);
  EXPECT_TRUE(picked->was_tried);
  EXPECT_LE(picked->endpoint->id, 2U);
}

TEST(Pick, WeightZeroTakesNothingWhateverTheStrategy) {
  for (int i = 0; i < kStrategyCount; ++i) {
    ClusterOptions options;
    options.strategy = static_cast<Strategy>(i);
    ClusterForTest test(options);
    test.update({{.id = 1, .weight = 0}, {.id = 2, .weight = 1}, {.id = 3, .weight = 0}});
    for (int n = 0; n < 50; ++n) {
      ASSERT_EQ(test.pick_id(), 2U) << strategy_name(options.strategy);
    }
  }
}

TEST(Pick, InPanicUsesAllWhoseBreakerAdmits) {
  ClusterOptions options = round_robin_for_test();
  options.panic_ratio = 0.5;
  ClusterForTest test(options);
  std::vector<EndpointSpec> specs = ClusterForTest::specs_of(4);
  specs[0].health = specs[1].health = Health::kUnhealthy;
  test.update(specs);
  EXPECT_EQ(test.pick_id(), 3U) << "half is healthy: no panic yet";
  specs[2].health = Health::kUnhealthy;
  test.update(specs);
  EXPECT_TRUE(test.cluster.candidates().is_panic());
  test.fail_times(4, 5);
  std::set<std::uint32_t> picked;
  for (int i = 0; i < 8; ++i) {
    picked.insert(test.pick_id());
  }
  EXPECT_EQ(picked, (std::set<std::uint32_t>{1, 2, 3}));
}

TEST(Pick, DoesNotPanicByDefault) {
  ClusterForTest test;
  std::vector<EndpointSpec> specs = ClusterForTest::specs_of(10);
  for (std::size_t i = 1; i < specs.size(); ++i) {
    specs[i].health = Health::kUnhealthy;
  }
  test.update(specs);
  for (int i = 0; i < 50; ++i) {
    ASSERT_EQ(test.pick_id(), 1U);
  }
}

TEST(Pick, AHalfOpenEndpointIsOfferedForItsTrialsOnly) {
  ClusterForTest test(round_robin_for_test());
  test.update(ClusterForTest::specs_of(2));
  test.fail_times(1, 5);
  test.now += Seconds(60);
  ASSERT_EQ(test.pick_id(), 1U);
  Attempt trial(test.cluster, test.endpoint(1), test.now);
  EXPECT_EQ(test.pick_id(), 2U);
  EXPECT_EQ(test.pick_id(), 2U);
  trial.settle(Outcome::kSuccess, test.now);
  EXPECT_EQ(test.pick_id(), 1U);
}

TEST(Pick, PassesOverFullEndpointsAndSaysWhenAllAre) {
  for (int i = 0; i < kStrategyCount; ++i) {
    ClusterOptions options;
    options.strategy = static_cast<Strategy>(i);
    options.limits.requests_max = 2;
    SCOPED_TRACE(strategy_name(options.strategy));
    ClusterForTest test(options);
    test.update(ClusterForTest::specs_of(3));
    std::vector<Attempt> attempts;
    for (int n = 0; n < 6; ++n) {
      const auto picked = test.pick({}, 42);
      ASSERT_TRUE(picked);
      ASSERT_LT(picked->endpoint->active, 2U);
      attempts.emplace_back(test.cluster, *picked->endpoint, test.now);
    }
    EXPECT_EQ(test.pick({}, 42).error(), PickRefusal::kEndpointsFull);
    EXPECT_EQ(test.pick(tried_of({1}), 42).error(), PickRefusal::kEndpointsFull);
    const std::uint32_t freed = attempts.back().endpoint().id;
    attempts.pop_back();
    EXPECT_EQ(test.pick({}, 42)->endpoint->id, freed);
  }
}

TEST(Pick, RefusesWhenTheClusterHasAsManyRequestsAsItMay) {
  ClusterOptions options;
  options.limits.cluster_requests_max = 3;
  ClusterForTest test(options);
  test.update(ClusterForTest::specs_of(2));
  std::vector<Attempt> attempts;
  for (int n = 0; n < 3; ++n) {
    attempts.emplace_back(test.cluster, *test.pick()->endpoint, test.now);
  }
  EXPECT_EQ(test.pick().error(), PickRefusal::kClusterFull);
  attempts.pop_back();
  EXPECT_TRUE(test.pick());
}

TEST(Pick, RefusesBeyondWhatTheAdaptiveLimitAllows) {
  ClusterOptions options;
  options.adaptive.use = AdaptiveOptions::Use::kOn;
  options.adaptive.limit_min = options.adaptive.limit_max = 2;
  ClusterForTest test(options);
  test.update(ClusterForTest::specs_of(2));
  std::vector<Attempt> attempts;
  for (int n = 0; n < 2; ++n) {
    attempts.emplace_back(test.cluster, *test.pick()->endpoint, test.now);
  }
  EXPECT_EQ(test.pick().error(), PickRefusal::kAdaptiveLimit);
  test.cluster.configure({}, test.now);
  EXPECT_TRUE(test.pick()) << "it was turned off";
}

TEST(Pick, TheAdaptiveLimitFollowsTheLatencyOfAttempts) {
  ClusterOptions options;
  options.adaptive.use = AdaptiveOptions::Use::kOn;
  options.adaptive.limit_max = 64;
  ClusterForTest test(options);
  test.update(ClusterForTest::specs_of(2));
  // As many as are let in, each round slower the more there are: 10 of them have room.
  std::size_t last = 0;
  for (int round = 0; round < 300; ++round) {
    std::vector<Attempt> attempts;
    while (const auto picked = test.pick()) {
      attempts.emplace_back(test.cluster, *picked->endpoint, test.now);
    }
    last = attempts.size();
    test.now += base::Millis(last <= 10 ? 10 : static_cast<std::int64_t>(last));
    for (Attempt& attempt : attempts) {
      attempt.settle(Outcome::kSuccess, test.now);
    }
  }
  EXPECT_GE(last, 9U);
  EXPECT_LE(last, 24U);
}

}  // namespace
}  // namespace weft::balance
