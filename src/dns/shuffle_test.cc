#include "dns/shuffle.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace weft::dns {
namespace {

TEST(Shuffle, GivesEachNumberOnce) {
  base::Random random(1);
  Shuffle shuffle;
  for (const std::size_t n : {5U, 1U, 100U, 7U, 0U, 1000U}) {
    std::set<std::uint32_t> seen;
    shuffle.begin(n);
    while (shuffle.left() > 0) {
      seen.insert(shuffle.next(random));
    }
    shuffle.end();
    EXPECT_EQ(seen.size(), n);
    EXPECT_TRUE(n == 0 || *seen.rbegin() == n - 1);
  }
}

TEST(Shuffle, PicksOfAFewAreUniformHoweverOftenItWasUsed) {
  base::Random random(2);
  Shuffle shuffle;
  std::map<std::uint32_t, int> seen;
  for (int i = 0; i < 20'000; ++i) {
    shuffle.begin(10);
    for (int k = 0; k < 3; ++k) {
      ++seen[shuffle.next(random)];
    }
    shuffle.end();
  }
  EXPECT_EQ(seen.size(), 10U);
  for (const auto& [number, count] : seen) {
    EXPECT_NEAR(count, 6000, 300) << number;
  }
}

}  // namespace
}  // namespace weft::dns
