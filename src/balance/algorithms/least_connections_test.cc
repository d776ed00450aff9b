#include "balance/algorithms/least_connections.h"

#include "balance/cluster_fixture_for_test.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace weft::balance {
namespace {

ClusterOptions options_of(Strategy strategy) {
  ClusterOptions options;
  options.strategy = strategy;
  return options;
}

TEST(LeastConnections, TakesTheFewestActiveAndTheFirstOfEquals) {
  ClusterForTest test(options_of(Strategy::kLeastConnections));
  test.update(ClusterForTest::specs_of(3));
  EXPECT_EQ(test.pick_id(), 1U);
  const Attempt a(test.cluster, test.endpoint(1), test.now);
  EXPECT_EQ(test.pick_id(), 2U);
  const Attempt b(test.cluster, test.endpoint(2), test.now);
  EXPECT_EQ(test.pick_id(), 3U);
  const Attempt c(test.cluster, test.endpoint(3), test.now);
  EXPECT_EQ(test.pick_id(), 1U);
}

TEST(LeastConnections, IgnoresWeightsUnlessAskedTo) {
  ClusterForTest plain(options_of(Strategy::kLeastConnections));
  ClusterForTest weighted(options_of(Strategy::kWeightedLeastConnections));
  for (ClusterForTest* test : {&plain, &weighted}) {
    test->update({{.id = 1, .weight = 10}, {.id = 2, .weight = 1}});
  }
  const Attempt in_plain(plain.cluster, plain.endpoint(1), plain.now);
  const Attempt in_weighted(weighted.cluster, weighted.endpoint(1), weighted.now);
  EXPECT_EQ(plain.pick_id(), 2U);
  const Attempt light(weighted.cluster, weighted.endpoint(2), weighted.now);
  EXPECT_EQ(weighted.pick_id(), 1U) << "1 of 10 is less than 1 of 1";
}

TEST(LeastConnections, KeepsActiveRequestsWithinOneOfEachOther) {
  ClusterForTest test(options_of(Strategy::kLeastConnections));
  test.update(ClusterForTest::specs_of(7));
  std::vector<Attempt> attempts;
  attempts.reserve(1000);
  for (int i = 0; i < 1000; ++i) {
    attempts.emplace_back(test.cluster, *test.pick()->endpoint, test.now);
    const auto active = [](const Endpoint* endpoint) { return endpoint->active; };
    const auto [least, most] = std::ranges::minmax(test.cluster.endpoints(), {}, active);
    ASSERT_LE(most->active - least->active, 1U);
  }
}

TEST(LeastConnections, RespectedWeightsShareActiveRequestsInProportion) {
  ClusterForTest test(options_of(Strategy::kWeightedLeastConnections));
  test.update({{.id = 1, .weight = 300}, {.id = 2, .weight = 100}});
  std::vector<Attempt> attempts;
  attempts.reserve(400);
  for (int i = 0; i < 400; ++i) {
    attempts.emplace_back(test.cluster, *test.pick()->endpoint, test.now);
  }
  EXPECT_NEAR(test.endpoint(1).active, 300, 1);
}

}  // namespace
}  // namespace weft::balance
