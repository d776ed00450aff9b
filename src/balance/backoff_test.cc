#include "balance/backoff.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace weft::balance {
namespace {

using base::Millis;
using base::Nanos;
using base::Seconds;

TEST(Backoff, DoublesFromAHundredMillisecondsAndStopsAtTwoSeconds) {
  const Nanos wholes[] = {Millis(100),  Millis(200), Millis(400), Millis(800),
                          Millis(1600), Seconds(2),  Seconds(2)};
  base::Random random(7);
  for (std::uint32_t index = 0; index < std::size(wholes); ++index) {
    Nanos shortest = Seconds(9);
    Nanos longest{0};
    for (int i = 0; i < 2000; ++i) {
      const Nanos wait = backoff({}, index, random);
      shortest = std::min(shortest, wait);
      longest = std::max(longest, wait);
    }
    const Nanos whole = wholes[index];
    EXPECT_GE(shortest, whole / 2) << index;
    EXPECT_LT(shortest, whole * 52 / 100) << index << ": the jitter reaches the lower end";
    EXPECT_LE(longest, whole) << index;
    EXPECT_GT(longest, whole * 98 / 100) << index << ": the jitter reaches the upper end";
  }
}

TEST(Backoff, NeverPassesItsMaximumHoweverLateTheRetry) {
  base::Random random(7);
  for (const std::uint32_t index : {0U, 1U, 31U, 63U, 64U, 4'000'000'000U}) {
    EXPECT_LE(backoff({.first = Seconds(5), .max = Seconds(3)}, index, random), Seconds(3));
    EXPECT_LE(backoff({}, index, random), Seconds(2));
  }
}

TEST(Backoff, OfNothingIsNothing) {
  base::Random random(7);
  EXPECT_EQ(backoff({.first = Nanos(0), .max = Seconds(2)}, 9, random), Nanos(0));
}

}  // namespace
}  // namespace weft::balance
