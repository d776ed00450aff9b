#include "balance/algorithms/random.h"

#include "balance/cluster_fixture_for_test.h"

#include <gtest/gtest.h>

#include <map>

namespace weft::balance {
namespace {

TEST(RandomChoice, IsUniform) {
  ClusterOptions options;
  options.strategy = Strategy::kRandom;
  ClusterForTest test(options, 3);
  test.update(ClusterForTest::specs_of(10));
  std::map<std::uint32_t, int> served;
  for (int i = 0; i < 100'000; ++i) {
    ++served[test.pick_id()];
  }
  for (std::uint32_t id = 1; id <= 10; ++id) {
    EXPECT_NEAR(served[id], 10'000, 500) << id;  // five standard deviations
  }
}

}  // namespace
}  // namespace weft::balance
