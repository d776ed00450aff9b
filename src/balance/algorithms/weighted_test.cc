#include "balance/algorithms/weighted.h"

#include "balance/cluster_fixture_for_test.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace weft::balance {
namespace {

ClusterOptions weighted() {
  ClusterOptions options;
  options.strategy = Strategy::kWeighted;
  return options;
}

TEST(Weighted, SpreadsTheTurnsOfTheHeavy) {
  ClusterForTest test(weighted());
  test.update({{.id = 1, .weight = 5}, {.id = 2, .weight = 1}, {.id = 3, .weight = 1}});
  std::string order;
  for (int i = 0; i < 7; ++i) {
    order += std::to_string(test.pick_id());
  }
  EXPECT_EQ(order, "1121311");  // the example of nginx's change that introduced it
}

TEST(Weighted, IsExactOverEveryCycleForRandomWeights) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    base::Random random(seed);
    ClusterForTest test(weighted(), seed);
    std::vector<EndpointSpec> specs =
        ClusterForTest::specs_of(1 + static_cast<std::uint32_t>(random.below(12)));
    std::uint32_t cycle = 0;
    for (EndpointSpec& spec : specs) {
      spec.weight = static_cast<std::uint32_t>(random.below(random.below(2) == 0 ? 4 : 200));
      cycle += spec.weight;
    }
    test.update(specs);
    for (int round = 0; round < 3; ++round) {
      std::map<std::uint32_t, std::uint32_t> served;
      for (std::uint32_t i = 0; i < cycle; ++i) {
        ++served[test.pick_id()];
      }
      for (const EndpointSpec& spec : specs) {
        ASSERT_EQ(served[spec.id], spec.weight) << "endpoint " << spec.id << " round " << round;
      }
    }
  }
}

TEST(Weighted, StartsANewExactCycleWhenWeightsChange) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    base::Random random(seed);
    ClusterForTest test(weighted(), seed);
    test.update({{.id = 1, .weight = 3000}, {.id = 2, .weight = 2000}, {.id = 3, .weight = 1000}});
    for (std::uint64_t i = random.below(6000); i > 0; --i) {
      test.pick_id();
    }
    test.update({{.id = 1, .weight = 90}, {.id = 2, .weight = 9}, {.id = 3, .weight = 1}});
    std::map<std::uint32_t, int> served;
    for (int i = 0; i < 100; ++i) {
      ++served[test.pick_id()];
    }
    ASSERT_EQ(served[1], 90);
    ASSERT_EQ(served[2], 9);
  }
}

TEST(Weighted, KeepsItsCycleWhenOnlyHealthIsNew) {
  ClusterForTest test(weighted());
  test.update({{.id = 1, .weight = 3}, {.id = 2, .weight = 1}});
  std::map<std::uint32_t, int> served;
  for (int i = 0; i < 400; ++i) {
    test.update({{.id = 1, .weight = 3, .health = Health::kHealthy},
                 {.id = 2, .weight = 1, .health = Health::kHealthy}});
    ++served[test.pick_id()];
  }
  EXPECT_EQ(served[2], 100) << "starting anew each time would never reach the light one";
}

TEST(Weighted, HoldsTheLargestWeightsWithoutOverflow) {
  ClusterForTest test(weighted());
  std::vector<EndpointSpec> specs = ClusterForTest::specs_of(100);
  for (EndpointSpec& spec : specs) {
    spec.weight = 0xffffffff;
  }
  test.update(specs);
  std::map<std::uint32_t, int> served;
  for (int i = 0; i < 1000; ++i) {
    ++served[test.pick_id()];
  }
  for (const auto& [id, times] : served) {
    EXPECT_EQ(times, 10) << id;
  }
}

}  // namespace
}  // namespace weft::balance
