#include "base/hash.h"

#include <gtest/gtest.h>

namespace weft::base {
namespace {

// Values of the reference implementation: a change would move every consistent-hash key.
TEST(Hash, IsTheSameEverywhere) {
  EXPECT_EQ(hash64(""), 0x2d06800538d394c2U);
  EXPECT_NE(hash64("a"), hash64("a", 1));
  EXPECT_NE(hash64("a"), hash64("b"));
}

}  // namespace
}  // namespace weft::base
