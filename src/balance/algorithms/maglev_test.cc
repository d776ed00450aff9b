#include "balance/algorithms/maglev.h"

#include "balance/cluster_fixture_for_test.h"
#include "balance/hash.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <vector>

namespace weft::balance {
namespace {

constexpr std::uint32_t kMaglevKeys = 20'000;

ClusterOptions maglev_options() {
  ClusterOptions options;
  options.strategy = Strategy::kMaglev;
  options.breaker.use = BreakerOptions::Use::kOff;
  return options;
}

std::vector<std::uint32_t> endpoints_of_keys(ClusterForTest& test, const Tried& tried = {}) {
  std::vector<std::uint32_t> result;
  result.reserve(kMaglevKeys);
  for (std::uint64_t key = 0; key < kMaglevKeys; ++key) {
    result.push_back(test.pick(tried, mix(key))->endpoint->id);
  }
  return result;
}

TEST(Maglev, SharesFollowTheWeights) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    base::Random random(seed);
    std::vector<EndpointSpec> specs =
        ClusterForTest::specs_of(2 + static_cast<std::uint32_t>(random.below(30)));
    double weights = 0;
    for (EndpointSpec& spec : specs) {
      spec.weight = static_cast<std::uint32_t>(random.below(10));
      weights += spec.weight;
    }
    specs.front().weight += 1;
    weights += 1;
    ClusterForTest test(maglev_options());
    test.update(specs);
    std::map<std::uint32_t, int> keys;
    for (const std::uint32_t id : endpoints_of_keys(test)) {
      ++keys[id];
    }
    for (const EndpointSpec& spec : specs) {
      // 5 standard deviations of the keys; the table itself is even to one place of 65,537.
      const double expected = kMaglevKeys * spec.weight / weights;
      EXPECT_NEAR(keys[spec.id], expected, 5 * std::sqrt(expected) + 1) << "endpoint " << spec.id;
    }
  }
}

TEST(Maglev, WhenOneOfManyLeavesFewKeysOfOthersMove) {
  struct Case {
    std::uint32_t endpoints;
    double moved_max;  // of the keys of endpoints that stay; measured, see the class comment
  };
  for (const auto& [count, moved_max] : {Case{3, 0.01}, Case{10, 0.01}, Case{100, 0.02}}) {
    SCOPED_TRACE(testing::Message() << count << " endpoints");
    ClusterForTest test(maglev_options());
    std::vector<EndpointSpec> specs = ClusterForTest::specs_of(count);
    test.update(specs);
    const auto before = endpoints_of_keys(test);
    const std::uint32_t gone = 1 + count / 2;
    std::erase_if(specs, [gone](const EndpointSpec& spec) { return spec.id == gone; });
    test.update(specs);
    const auto after = endpoints_of_keys(test);
    int of_gone = 0;
    int of_others = 0;
    for (std::size_t key = 0; key < kMaglevKeys; ++key) {
      of_gone += before[key] == gone ? 1 : 0;
      of_others += before[key] != gone && after[key] != before[key] ? 1 : 0;
    }
    const double share = static_cast<double>(kMaglevKeys) / count;
    EXPECT_NEAR(of_gone, share, 5 * std::sqrt(share));
    EXPECT_LE(of_others, moved_max * kMaglevKeys);
  }
}

TEST(Maglev, KeysOfAnEndpointThatIsNoCandidateMoveAloneAndSpread) {
  ClusterForTest test(maglev_options());
  std::vector<EndpointSpec> specs = ClusterForTest::specs_of(10);
  test.update(specs);
  const auto before = endpoints_of_keys(test);
  specs[3].health = Health::kUnhealthy;
  test.update(specs);
  const auto after = endpoints_of_keys(test);
  std::map<std::uint32_t, int> taken_over;
  for (std::size_t key = 0; key < kMaglevKeys; ++key) {
    if (before[key] == 4) {
      ++taken_over[after[key]];
    } else {
      ASSERT_EQ(after[key], before[key]) << "key " << key;
    }
  }
  EXPECT_EQ(taken_over.size(), 9U) << "each of the others takes some";
  EXPECT_EQ(endpoints_of_keys(test, tried_of({1})), endpoints_of_keys(test, tried_of({1})))
      << "a retry goes to the same second choice";
}

TEST(Maglev, ASingleCandidateOfManyIsFoundForEveryKey) {
  ClusterForTest test(maglev_options());
  std::vector<EndpointSpec> specs = ClusterForTest::specs_of(500);
  for (EndpointSpec& spec : specs) {
    spec.health = spec.id == 77 ? Health::kHealthy : Health::kUnhealthy;
  }
  test.update(specs);
  for (const std::uint32_t id : endpoints_of_keys(test)) {
    ASSERT_EQ(id, 77U);
  }
}

TEST(Maglev, TheOrderOfRegistrationDoesNotMatter) {
  ClusterForTest test(maglev_options());
  std::vector<EndpointSpec> specs = ClusterForTest::specs_of(9);
  test.update(specs);
  const auto before = endpoints_of_keys(test);
  std::ranges::reverse(specs);
  test.update(specs);
  EXPECT_EQ(endpoints_of_keys(test), before);
}

TEST(Maglev, AnEndpointThatIsBackInThePlaceOfAnotherIsInTheTable) {
  ClusterForTest test(maglev_options());
  test.update({{.id = 1}, {.id = 2}});
  const auto before = endpoints_of_keys(test);
  const Attempt kept(test.cluster, test.endpoint(2), test.now);  // so that 2 leaves with its state
  test.update({{.id = 1}, {.id = 3}});
  test.update({{.id = 1}, {.id = 2}});
  EXPECT_EQ(endpoints_of_keys(test), before);
}

TEST(Maglev, WithoutAKeyTheChoiceIsRandom) {
  ClusterForTest test(maglev_options());
  test.update(ClusterForTest::specs_of(5));
  std::set<std::uint32_t> picked;
  for (int i = 0; i < 200; ++i) {
    picked.insert(test.pick_id());
  }
  EXPECT_EQ(picked.size(), 5U);
}

TEST(Maglev, TakesOverWhenTheStrategyOfARunningClusterChanges) {
  ClusterForTest test;
  test.update(ClusterForTest::specs_of(5));
  test.cluster.configure(maglev_options(), test.now);
  const auto once = endpoints_of_keys(test);
  EXPECT_EQ(endpoints_of_keys(test), once);
}

}  // namespace
}  // namespace weft::balance
