#include "balance/algorithms/round_robin.h"

#include "balance/cluster_fixture_for_test.h"

#include <gtest/gtest.h>

#include <map>

namespace weft::balance {
namespace {

TEST(RoundRobin, CyclesInRegistrationOrder) {
  ClusterForTest test(round_robin_for_test());
  test.update({{.id = 30}, {.id = 10}, {.id = 20}});
  for (int cycle = 0; cycle < 3; ++cycle) {
    EXPECT_EQ(test.pick_id(), 30U);
    EXPECT_EQ(test.pick_id(), 10U);
    EXPECT_EQ(test.pick_id(), 20U);
  }
}

TEST(RoundRobin, SpreadsTheRetriesOfAFailingEndpointOverAllOthers) {
  ClusterOptions options = round_robin_for_test();
  options.breaker.use = BreakerOptions::Use::kOff;
  ClusterForTest test(options);
  test.update(ClusterForTest::specs_of(4));
  std::map<std::uint32_t, int> served;
  for (int request = 0; request < 3000; ++request) {
    const std::uint32_t id = test.pick_id();
    ++served[id != 1 ? id : test.pick_id(tried_of({1}))];
  }
  for (std::uint32_t id = 2; id <= 4; ++id) {
    EXPECT_NEAR(served[id], 1000, 1) << id;
  }
}

// 1 to 5 always, 6 to 10 by chance.
std::vector<EndpointSpec> random_specs(base::Random& random) {
  std::vector<EndpointSpec> specs = ClusterForTest::specs_of(5);
  for (std::uint32_t id = 6; id <= 10; ++id) {
    if (random.below(2) == 0) {
      specs.insert(specs.begin() + static_cast<std::ptrdiff_t>(random.below(2)), {.id = id});
    }
  }
  return specs;
}

// While others come and go, those that stay are served alike: a change of the set moves the cursor,
// which gives or takes an endpoint at most one turn.
TEST(RoundRobin, IsFairUnderChurn) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    base::Random random(seed);
    ClusterForTest test(round_robin_for_test(), seed);
    test.update(random_specs(random));
    std::map<std::uint32_t, int> served;
    int changes = 0;
    for (int i = 0; i < 5000; ++i) {
      if (random.below(50) == 0) {
        test.update(random_specs(random));
        ++changes;
      }
      ++served[test.pick_id()];
    }
    for (std::uint32_t id = 2; id <= 5; ++id) {
      EXPECT_NEAR(served[id], served[1], changes + 1) << "endpoint " << id;
    }
  }
}

}  // namespace
}  // namespace weft::balance
