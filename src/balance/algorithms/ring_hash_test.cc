#include "balance/algorithms/ring_hash.h"

#include "balance/cluster_fixture_for_test.h"
#include "balance/hash.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <map>
#include <vector>

namespace weft::balance {
namespace {

constexpr std::uint32_t kRingKeys = 20'000;

ClusterOptions ring_options(double load_bound = 1.25) {
  ClusterOptions options;
  options.strategy = Strategy::kRingHash;
  options.ring_hash.load_bound = load_bound;
  options.breaker.use = BreakerOptions::Use::kOff;
  return options;
}

std::vector<std::uint32_t> quiet_endpoints_of_keys(ClusterForTest& test) {
  std::vector<std::uint32_t> result;
  result.reserve(kRingKeys);
  for (std::uint64_t key = 0; key < kRingKeys; ++key) {
    result.push_back(test.pick({}, mix(key))->endpoint->id);
  }
  return result;
}

TEST(RingHash, AQuietRingGivesEachAShareByItsWeight) {
  ClusterForTest test(ring_options());
  test.update({{.id = 1, .weight = 300}, {.id = 2, .weight = 100}, {.id = 3, .weight = 0}});
  std::map<std::uint32_t, int> keys;
  for (const std::uint32_t id : quiet_endpoints_of_keys(test)) {
    ++keys[id];
  }
  EXPECT_NEAR(keys[1], 0.75 * kRingKeys, 0.05 * kRingKeys);
  EXPECT_EQ(keys[3], 0);
}

TEST(RingHash, OnlyTheKeysOfAnEndpointThatGoesMove) {
  ClusterForTest test(ring_options());
  std::vector<EndpointSpec> specs = ClusterForTest::specs_of(10);
  test.update(specs);
  const auto before = quiet_endpoints_of_keys(test);
  specs.erase(specs.begin() + 3);
  test.update(specs);
  const auto after = quiet_endpoints_of_keys(test);
  int moved = 0;
  for (std::size_t key = 0; key < kRingKeys; ++key) {
    ASSERT_TRUE(before[key] == 4 || after[key] == before[key]) << "key " << key;
    moved += after[key] != before[key] ? 1 : 0;
  }
  EXPECT_NEAR(moved, 0.1 * kRingKeys, 0.025 * kRingKeys);
}

std::vector<EndpointSpec> random_ring(base::Random& random) {
  std::vector<EndpointSpec> specs =
      ClusterForTest::specs_of(1 + static_cast<std::uint32_t>(random.below(12)));
  for (EndpointSpec& spec : specs) {
    spec.weight = 1 + static_cast<std::uint32_t>(random.below(3));
  }
  return specs;
}

double weights_of(const ClusterForTest& test) {
  double weights = 0;
  for (const Endpoint* endpoint : test.cluster.endpoints()) {
    weights += endpoint->weight;
  }
  return weights;
}

// Requests begin and end in any order, with a few hot keys, in a set that changes; nobody is ever
// given a request beyond the bound.
TEST(RingHash, NobodyIsGivenMoreThanTheBoundAllows) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    base::Random random(seed);
    const double bound = 1 + random.unit();
    ClusterForTest test(ring_options(bound), seed);
    std::deque<Attempt> attempts;
    for (int step = 0; step < 2000; ++step) {
      if (step % 500 == 0) {
        attempts.clear();
        test.update(random_ring(random));
      }
      if (!attempts.empty() && random.below(3) == 0) {
        attempts.pop_front();
        continue;
      }
      Endpoint& endpoint = *test.pick({}, mix(random.below(4)))->endpoint;
      attempts.emplace_back(test.cluster, endpoint, test.now);
      const double all = static_cast<double>(attempts.size());
      ASSERT_LE(endpoint.active, std::ceil(bound * all * endpoint.weight / weights_of(test) + 1e-9))
          << "step " << step;
    }
  }
}

TEST(RingHash, TheOverflowOfAHotKeyGoesToTheSameNextOne) {
  ClusterForTest test(ring_options());
  test.update(ClusterForTest::specs_of(4));
  std::vector<std::uint32_t> order;
  std::vector<Attempt> attempts;
  for (int i = 0; i < 8; ++i) {
    Endpoint& endpoint = *test.pick({}, mix(42))->endpoint;
    attempts.emplace_back(test.cluster, endpoint, test.now);
    order.push_back(endpoint.id);
  }
  attempts.clear();
  for (const std::uint32_t expected : order) {
    Endpoint& endpoint = *test.pick({}, mix(42))->endpoint;
    attempts.emplace_back(test.cluster, endpoint, test.now);
    EXPECT_EQ(endpoint.id, expected);
  }
  EXPECT_EQ(std::ranges::count(order, order.front()), 3) << "ceil(1.25 * 8 / 4)";
}

TEST(RingHash, AHotKeyStaysAtOneEndpointWhenTheBoundIsWide) {
  ClusterForTest test(ring_options(1000));
  test.update(ClusterForTest::specs_of(4));
  std::vector<Attempt> attempts;
  for (int i = 0; i < 100; ++i) {
    Endpoint& endpoint = *test.pick({}, mix(42))->endpoint;
    attempts.emplace_back(test.cluster, endpoint, test.now);
    EXPECT_EQ(&endpoint, &attempts.front().endpoint());
  }
}

TEST(RingHash, ASingleCandidateOfManyIsFoundForEveryKey) {
  ClusterForTest test(ring_options());
  std::vector<EndpointSpec> specs = ClusterForTest::specs_of(500);
  for (EndpointSpec& spec : specs) {
    spec.health = spec.id == 77 ? Health::kHealthy : Health::kUnhealthy;
  }
  test.update(specs);
  for (const std::uint32_t id : quiet_endpoints_of_keys(test)) {
    ASSERT_EQ(id, 77U);
  }
}

}  // namespace
}  // namespace weft::balance
