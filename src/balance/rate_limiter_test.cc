#include "balance/rate_limiter.h"

#include "balance/hash.h"
#include "base/random.h"

#include <gtest/gtest.h>

#include <list>
#include <map>

namespace weft::balance {
namespace {

using base::Millis;
using base::MonoTime;
using base::Seconds;

const Gcra kOnePerSecond(1, Seconds(1), 2);

TEST(RateLimiter, EachKeyHasARateOfItsOwn) {
  RateLimiter limiter(kOnePerSecond);
  const MonoTime now{Seconds(10)};
  EXPECT_EQ(limiter.take(1, now).remaining, 1U);
  EXPECT_TRUE(limiter.take(1, now).is_allowed);
  const RateLimiter::Verdict refused = limiter.take(1, now);
  EXPECT_FALSE(refused.is_allowed);
  EXPECT_EQ(refused.remaining, 0U);
  EXPECT_EQ(refused.retry_after, Seconds(1));
  EXPECT_TRUE(limiter.take(2, now).is_allowed);
  EXPECT_EQ(limiter.keys(), 2U);
}

// Against a list and a map that do the same in the plainest way.
TEST(RateLimiter, RemembersTheMostRecentlyUsedKeysAndDecidesForEachAsGcra) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    base::Random random(seed);
    const std::size_t keys_max = 1 + random.below(60);
    const std::uint64_t keys = 1 + random.below(100);
    RateLimiter limiter(kOnePerSecond, keys_max);
    std::list<std::uint64_t> by_use;  // newest first
    std::map<std::uint64_t, GcraState> states;
    MonoTime now{Seconds(10)};
    for (int i = 0; i < 3'000; ++i) {
      now += Millis(static_cast<std::int64_t>(random.below(30)));
      // Some keys share the low bits, and so a bucket.
      const std::uint64_t key = random.below(keys) << (random.below(2) * 40);
      by_use.remove(key);
      by_use.push_front(key);
      if (by_use.size() > keys_max) {
        states.erase(by_use.back());
        by_use.pop_back();
      }
      const bool expected = kOnePerSecond.try_take(states[key], now);
      ASSERT_EQ(limiter.take(key, now).is_allowed, expected) << "step " << i;
      ASSERT_EQ(limiter.keys(), by_use.size());
    }
  }
}

TEST(RateLimiter, CountsKeysThatGaveWayWhileTheyOwed) {
  RateLimiter limiter(kOnePerSecond, 2);
  const MonoTime now{Seconds(10)};
  limiter.take(1, now);
  limiter.take(2, now);
  limiter.take(3, now + Seconds(5));
  EXPECT_EQ(limiter.forgotten_total(), 0U) << "1 had a full bucket again";
  limiter.take(2, now + Seconds(5));
  limiter.take(4, now + Seconds(5));
  EXPECT_EQ(limiter.forgotten_total(), 1U) << "3 had not";
}

TEST(RateLimiter, HoldsItsLimitWhateverComes) {
  RateLimiter limiter(kOnePerSecond, 1'000);
  const MonoTime now{Seconds(10)};
  for (std::uint64_t key = 0; key < 100'000; ++key) {
    limiter.take(mix(key), now);
  }
  EXPECT_EQ(limiter.keys(), 1'000U);
  EXPECT_EQ(limiter.forgotten_total(), 99'000U);
}

}  // namespace
}  // namespace weft::balance
