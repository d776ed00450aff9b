#include "balance/gcra.h"

#include "base/random.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace weft::balance {
namespace {

using base::Millis;
using base::MonoTime;
using base::Nanos;
using base::Seconds;

// A token bucket in the plainest form, counted in nanoseconds of refill.
class Bucket {
 public:
  Bucket(std::int64_t interval, std::int64_t burst)
      : interval_(interval), level_(interval * burst) {
    full_ = level_;
  }
  bool try_take(MonoTime now, std::int64_t count) {
    level_ = std::min(full_, level_ + (now - filled_at_).count());
    filled_at_ = now;
    if (level_ < count * interval_) {
      return false;
    }
    level_ -= count * interval_;
    return true;
  }
  std::int64_t tokens() const { return level_ / interval_; }

 private:
  std::int64_t interval_;
  std::int64_t level_;
  std::int64_t full_;
  MonoTime filled_at_{};
};

TEST(Gcra, DecidesAsATokenBucketAtEveryRandomArrival) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    base::Random random(seed);
    const auto interval = static_cast<std::int64_t>(1'000 + random.below(1'000'000'000));
    const auto burst = static_cast<std::int64_t>(1 + random.below(20));
    const Gcra gcra(1, Nanos(interval), static_cast<std::uint64_t>(burst));
    GcraState state;
    Bucket bucket(interval, burst);
    MonoTime now{Seconds(5)};
    int taken = 0;
    for (int i = 0; i < 2'000; ++i) {
      // Crowds, single ones and pauses.
      const std::uint64_t longest =
          static_cast<std::uint64_t>(interval) * (random.below(20) == 0 ? 40U : 2U);
      now += Nanos(static_cast<std::int64_t>(random.below(3) == 0 ? 0 : random.below(longest)));
      if (random.below(4) == 0) {  // to the nanosecond
        const Nanos wait = gcra.wait(state, now);
        now += wait > Nanos(0) ? wait - Nanos(static_cast<std::int64_t>(random.below(2))) : wait;
      }
      const std::uint64_t count = 1 + random.below(random.below(4) == 0 ? 4 : 1);
      const bool expected = bucket.try_take(now, static_cast<std::int64_t>(count));
      ASSERT_EQ(gcra.try_take(state, now, count), expected) << "arrival " << i;
      ASSERT_EQ(gcra.remaining(state, now), static_cast<std::uint64_t>(bucket.tokens()));
      taken += expected ? 1 : 0;
    }
    EXPECT_GT(taken, 100);
  }
}

TEST(Gcra, SaysExactlyHowLongToWait) {
  const Gcra gcra(10, Seconds(1), 3);
  GcraState state;
  const MonoTime now{Seconds(100)};
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(gcra.wait(state, now), Nanos(0));
    EXPECT_TRUE(gcra.try_take(state, now));
  }
  EXPECT_FALSE(gcra.try_take(state, now));
  EXPECT_EQ(gcra.wait(state, now), Millis(100));
  EXPECT_EQ(gcra.wait(state, now, 2), Millis(200));
  EXPECT_EQ(gcra.wait(state, now, 4), Nanos::max()) << "more than the burst never fits";
  EXPECT_FALSE(gcra.try_take(state, now + Millis(100) - Nanos(1)));
  EXPECT_TRUE(gcra.try_take(state, now + Millis(100)));
}

TEST(Gcra, HoldsTheRateOverALongTime) {
  const Gcra gcra(7, Seconds(1), 5);
  GcraState state;
  int taken = 0;
  for (MonoTime now{Seconds(1)}; now < MonoTime(Seconds(1'001)); now += Millis(10)) {
    taken += gcra.try_take(state, now) ? 1 : 0;
  }
  EXPECT_NEAR(taken, 7'000 + 5, 1);
}

TEST(Gcra, OddValuesCountAsTheNearestThatWork) {
  const MonoTime now{Seconds(1)};
  GcraState state;
  EXPECT_TRUE(Gcra(0, Nanos(0), 0).try_take(state, now));
  const Gcra fastest(~0ULL, Nanos(1), 1);
  state = {};
  EXPECT_TRUE(fastest.try_take(state, now));
  EXPECT_EQ(fastest.wait(state, now), base::Micros(1));
  const Gcra slowest(1, Nanos::max(), ~0ULL);
  state = {};
  EXPECT_TRUE(slowest.try_take(state, now));
  EXPECT_FALSE(slowest.try_take(state, now + Seconds(86'400)));
}

}  // namespace
}  // namespace weft::balance
