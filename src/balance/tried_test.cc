#include "balance/tried.h"

#include <gtest/gtest.h>

namespace weft::balance {
namespace {

TEST(Tried, RemembersEachEndpointOnce) {
  Tried tried;
  EXPECT_TRUE(tried.is_empty());
  EXPECT_FALSE(tried.contains(0));
  tried.add(7);
  tried.add(7);
  EXPECT_EQ(tried.size(), 1U);
  EXPECT_TRUE(tried.contains(7));
  EXPECT_FALSE(tried.contains(8));
}

TEST(Tried, ForgetsTheOldestBeyondItsCapacity) {
  Tried tried;
  for (std::uint32_t id = 0; id <= Tried::kCapacity; ++id) {
    tried.add(id);
  }
  EXPECT_EQ(tried.size(), Tried::kCapacity);
  EXPECT_FALSE(tried.contains(0));
  EXPECT_TRUE(tried.contains(1));
  EXPECT_TRUE(tried.contains(Tried::kCapacity));
}

}  // namespace
}  // namespace weft::balance
