#include "balance/peak_ewma.h"

#include "base/random.h"

#include <gtest/gtest.h>

#include <cmath>

namespace weft::balance {
namespace {

using base::Millis;
using base::MonoTime;
using base::Nanos;
using base::Seconds;

constexpr MonoTime kLatencyStart{Seconds(10)};

TEST(PeakEwma, JumpsToAPeakAtOnce) {
  const PeakEwmaOptions options;
  PeakEwma latency(options);
  latency.observe(Millis(1), kLatencyStart);
  latency.observe(Millis(100), kLatencyStart);
  EXPECT_EQ(latency.latency(kLatencyStart), Millis(100));
}

TEST(PeakEwma, ForgetsAsFastInShortStepsAsInLongOnes) {
  const PeakEwmaOptions options;
  for (const base::Nanos passed : {base::Nanos(1), base::Nanos(1'000'000), base::Nanos(9'999'999),
                                   base::Nanos(10'000'001), base::Nanos(10'000'000'000)}) {
    PeakEwma latency(options);
    latency.observe(base::Seconds(10), base::MonoTime(base::Seconds(1)));
    const double share = static_cast<double>(passed.count()) / 1e10;
    EXPECT_NEAR(
        static_cast<double>(latency.latency(base::MonoTime(base::Seconds(1) + passed)).count()),
        1e10 * std::exp(-share), 10.0)
        << passed.count();
  }
}

TEST(PeakEwma, ForgetsAPeakSlowly) {
  const PeakEwmaOptions options;
  PeakEwma latency(options);
  latency.observe(Millis(100), kLatencyStart);
  EXPECT_NEAR(base::to_millis(latency.latency(kLatencyStart + Seconds(10))), 36.8, 0.1);
  latency.observe(Millis(1), kLatencyStart + Seconds(10));
  EXPECT_NEAR(base::to_millis(latency.latency(kLatencyStart + Seconds(10))), 37.4, 0.1);
}

TEST(PeakEwma, StaysBetweenTheSmallestAndTheLargestSampleWhileSampledOften) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE(seed);
    base::Random random(seed);
    const PeakEwmaOptions options;
    PeakEwma latency(options);
    MonoTime now = kLatencyStart;
    for (int i = 0; i < 500; ++i) {
      now += base::Micros(static_cast<std::int64_t>(random.below(1000)));
      latency.observe(Millis(5 + static_cast<std::int64_t>(random.below(10))), now);
      ASSERT_LE(latency.latency(now), Millis(14));
      ASSERT_GE(latency.latency(now), Millis(5) - Nanos(1));
    }
  }
}

TEST(PeakEwma, AColdEndpointCostsNothingIdleAndMostWhileItsFirstAnswerIsAwaited) {
  const PeakEwmaOptions options;
  PeakEwma cold(options);
  PeakEwma slow(options);
  slow.observe(Seconds(30), kLatencyStart);
  EXPECT_EQ(cold.cost(kLatencyStart, 0), 0);
  EXPECT_GT(cold.cost(kLatencyStart, 1), slow.cost(kLatencyStart, 1000));
  EXPECT_GT(cold.cost(kLatencyStart, 2), cold.cost(kLatencyStart, 1));
}

TEST(PeakEwma, CostGrowsWithActiveRequests) {
  const PeakEwmaOptions options;
  PeakEwma latency(options);
  latency.observe(Millis(2), kLatencyStart);
  EXPECT_DOUBLE_EQ(latency.cost(kLatencyStart, 0), 2e6);
  EXPECT_DOUBLE_EQ(latency.cost(kLatencyStart, 3), 8e6);
}

TEST(PeakEwma, AFastFailureNeverMakesAnEndpointMoreAttractive) {
  const PeakEwmaOptions options;
  PeakEwma latency(options);
  latency.observe_failure(base::Micros(50), kLatencyStart);
  EXPECT_EQ(latency.latency(kLatencyStart), Millis(10));
  latency.observe_failure(base::Micros(50), kLatencyStart);
  EXPECT_EQ(latency.latency(kLatencyStart), Millis(20));
  latency.observe_failure(Seconds(1), kLatencyStart);
  EXPECT_EQ(latency.latency(kLatencyStart), Seconds(1));
  for (int i = 0; i < 100; ++i) {
    latency.observe_failure(Nanos(0), kLatencyStart);
  }
  EXPECT_EQ(latency.latency(kLatencyStart), Seconds(60)) << "doubling ends";
}

TEST(PeakEwma, IsColdAgainAfterResetAndAfterALongSilence) {
  const PeakEwmaOptions options;
  PeakEwma latency(options);
  latency.observe(Seconds(1), kLatencyStart);
  EXPECT_EQ(latency.cost(kLatencyStart + Seconds(1000), 0), 0);
  latency.reset();
  EXPECT_EQ(latency.cost(kLatencyStart, 0), 0);
}

TEST(PeakEwma, ToleratesTimeThatStandsStillOrGoesBack) {
  const PeakEwmaOptions options;
  PeakEwma latency(options);
  latency.observe(Millis(3), kLatencyStart);
  latency.observe(Nanos(-5), kLatencyStart - Seconds(5));
  EXPECT_EQ(latency.latency(kLatencyStart - Seconds(5)), Millis(3));
}

}  // namespace
}  // namespace weft::balance
