#include "balance/rolling_counter.h"

#include "base/random.h"

#include <gtest/gtest.h>

#include <vector>

namespace weft::balance {
namespace {

using base::Millis;
using base::MonoTime;

TEST(RollingCounter, ForgetsWhatIsOlderThanTheRing) {
  RollingCounter<10> counter{Millis(100)};
  const MonoTime start{base::Seconds(5)};
  counter.add(start, 3);
  counter.add(start + Millis(950), 2);
  EXPECT_EQ(counter.sum(start + Millis(999)), 5U);
  EXPECT_EQ(counter.sum(start + Millis(1000)), 2U);
  EXPECT_EQ(counter.sum(start + Millis(1900)), 0U);
}

TEST(RollingCounter, CountsAnEventFromThePastAsOneOfNow) {
  RollingCounter<10> counter{Millis(100)};
  counter.add(MonoTime(base::Seconds(5)));
  counter.add(MonoTime(base::Seconds(1)));
  EXPECT_EQ(counter.sum(MonoTime(base::Seconds(5))), 2U);
}

TEST(RollingCounter, AWidthOfZeroDoesNotDivideByZero) {
  RollingCounter<10> counter{base::Nanos(0)};
  counter.add(MonoTime(base::Seconds(1)));
  EXPECT_EQ(counter.sum(MonoTime(base::Seconds(1))), 1U);
}

// Against the list of all events.
TEST(RollingCounter, SumsLikeTheNaiveListAtRandomTimes) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(seed);
    base::Random random(seed);
    const base::Nanos width = Millis(1 + static_cast<std::int64_t>(random.below(50)));
    RollingCounter<10> counter{width};
    std::vector<std::pair<std::int64_t, std::uint32_t>> events;  // bucket number, count
    MonoTime now{base::Seconds(1)};
    for (int step = 0; step < 300; ++step) {
      now += base::Nanos(static_cast<std::int64_t>(
          random.below(static_cast<std::uint64_t>(width.count()) * (random.below(20) + 1))));
      const std::int64_t bucket = now.time_since_epoch() / width;
      if (random.below(3) > 0) {
        const auto count = static_cast<std::uint32_t>(random.below(5));
        counter.add(now, count);
        events.emplace_back(bucket, count);
      }
      std::uint64_t expected = 0;
      for (const auto& [at, count] : events) {
        expected += at > bucket - 10 ? count : 0;
      }
      ASSERT_EQ(counter.sum(now), expected) << "step " << step;
    }
  }
}

}  // namespace
}  // namespace weft::balance
