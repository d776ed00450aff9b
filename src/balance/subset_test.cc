#include "balance/subset.h"

#include "balance/cluster_fixture_for_test.h"
#include "balance/hash.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <vector>

namespace weft::balance {
namespace {

using Numbers = std::vector<std::uint64_t>;

const Numbers kOld{1};
const Numbers kNew{2};
const Numbers kNewAndFast{2, 7};

// 1 and 2 are old, 3 and 4 new, 4 is fast as well.
std::vector<EndpointSpec> labelled_specs() {
  std::vector<EndpointSpec> specs = ClusterForTest::specs_of(4);
  specs[0].labels = specs[1].labels = kOld;
  specs[2].labels = kNew;
  specs[3].labels = kNewAndFast;
  return specs;
}

std::set<std::uint32_t> picked_from(ClusterForTest& test, const SubsetHold& hold,
                                    const Tried& tried = {}) {
  std::set<std::uint32_t> ids;
  for (int i = 0; i < 200; ++i) {
    const auto picked = pick(test.cluster, {.now = test.now,
                                            .random = test.random,
                                            .tried = tried,
                                            .hash_key = mix(static_cast<std::uint64_t>(i)),
                                            .subset = hold.subset()});
    ids.insert(picked ? picked->endpoint->id : 0);
  }
  return ids;
}

TEST(Subset, OnlyEndpointsWithAllLabelsArePickedWhateverTheStrategy) {
  for (int i = 0; i < kStrategyCount; ++i) {
    ClusterOptions options;
    options.strategy = static_cast<Strategy>(i);
    SCOPED_TRACE(strategy_name(options.strategy));
    ClusterForTest test(options);
    test.update(labelled_specs());
    const SubsetHold fresh = test.cluster.hold_subset(kNew, test.now);
    const SubsetHold fast = test.cluster.hold_subset(kNewAndFast, test.now);
    for (const std::uint32_t id : picked_from(test, fresh)) {
      EXPECT_TRUE(id == 3 || id == 4) << id;
    }
    EXPECT_EQ(picked_from(test, fast), std::set<std::uint32_t>{4});
  }
}

TEST(Subset, AnEmptyOneIsLikeAClusterWithoutEndpoints) {
  ClusterForTest test;
  test.update(labelled_specs());
  const Numbers nobody{9};
  const SubsetHold hold = test.cluster.hold_subset(nobody, test.now);
  const auto picked = pick(
      test.cluster, {.now = test.now, .random = test.random, .tried = {}, .subset = hold.subset()});
  ASSERT_FALSE(picked);
  EXPECT_EQ(picked.error(), PickRefusal::kNoEndpoints);
}

TEST(Subset, ShareTheStateOfTheirEndpoints) {
  ClusterForTest test(round_robin_for_test());
  test.update(labelled_specs());
  const SubsetHold fresh = test.cluster.hold_subset(kNew, test.now);
  test.fail_times(3, 5);
  EXPECT_EQ(picked_from(test, fresh), std::set<std::uint32_t>{4}) << "its breaker is open";
  test.now += base::Seconds(60);
  EXPECT_EQ(picked_from(test, fresh), (std::set<std::uint32_t>{3, 4}));
}

TEST(Subset, EachHasTurnsOfItsOwn) {
  ClusterForTest test(round_robin_for_test());
  test.update(labelled_specs());
  const SubsetHold fresh = test.cluster.hold_subset(kNew, test.now);
  std::map<std::uint32_t, int> served;
  for (int i = 0; i < 100; ++i) {
    ++served[test.pick_id()];
    const auto picked =
        pick(test.cluster,
             {.now = test.now, .random = test.random, .tried = {}, .subset = fresh.subset()});
    ++served[picked->endpoint->id];
  }
  EXPECT_EQ(served[1], 25);
  EXPECT_EQ(served[3], 75);
  EXPECT_EQ(served[4], 75);
}

TEST(Subset, FollowsTheLabelsOfANewSnapshot) {
  ClusterForTest test(round_robin_for_test());
  std::vector<EndpointSpec> specs = labelled_specs();
  test.update(specs);
  const SubsetHold fresh = test.cluster.hold_subset(kNew, test.now);
  specs[0].labels = kNew;
  specs.pop_back();
  test.update(specs);
  EXPECT_EQ(picked_from(test, fresh), (std::set<std::uint32_t>{1, 3}));
}

TEST(Subset, ARetryStaysInIt) {
  ClusterForTest test(round_robin_for_test());
  test.update(labelled_specs());
  const SubsetHold fresh = test.cluster.hold_subset(kNew, test.now);
  EXPECT_EQ(picked_from(test, fresh, tried_of({3})), std::set<std::uint32_t>{4});
  EXPECT_EQ(picked_from(test, fresh, tried_of({3, 4})), (std::set<std::uint32_t>{3, 4}));
}

TEST(Subset, APinOutsideOfItDoesNotCount) {
  ClusterForTest test(round_robin_for_test());
  test.update(labelled_specs());
  const SubsetHold fresh = test.cluster.hold_subset(kNew, test.now);
  const auto picked = pick(test.cluster, {.now = test.now,
                                          .random = test.random,
                                          .tried = {},
                                          .pinned = test.endpoint(1).identity_hash,
                                          .subset = fresh.subset()});
  EXPECT_GE(picked->endpoint->id, 3U);
}

TEST(Subset, IsKeptWhileHeldAndGoesWhenNobodyAskedForLong) {
  ClusterForTest test(round_robin_for_test());
  test.update(labelled_specs());
  SubsetHold held = test.cluster.hold_subset(kNew, test.now);
  const Subset* kept = held.subset();
  for (int i = 0; i < 500; ++i) {
    test.cluster.sweep();
  }
  EXPECT_EQ(test.cluster.hold_subset(kNew, test.now).subset(), kept);
  EXPECT_FALSE(test.cluster.is_idle());
  held.release();
  EXPECT_TRUE(test.cluster.is_idle());
  for (int i = 0; i < 500; ++i) {
    test.cluster.sweep();
  }
  EXPECT_EQ(test.cluster.hold_subset(kNew, test.now).subset()->endpoints().size(), 2U);
}

TEST(Subset, WithoutLabelsIsTheWholeCluster) {
  ClusterForTest test;
  test.update(labelled_specs());
  EXPECT_EQ(test.cluster.hold_subset({}, test.now).subset(), nullptr);
}

}  // namespace
}  // namespace weft::balance
