#include "base/meters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weft::base {
namespace {

constexpr MeterInfo kRequests{"weft_requests_total", "Requests answered"};
constexpr MeterInfo kActive{"weft_active", "Requests under way"};
constexpr MeterInfo kLatency{"weft_latency_seconds", "Time to answer"};

TEST(Meters, AddsUpEqualLabelsOverLoops) {
  MeterRegistry registry;
  MeterGroup one(registry, {{"service", "orders"}});
  MeterGroup two(registry, {{"service", "orders"}});
  MeterGroup other(registry, {{"service", "stock"}});
  one.counter(kRequests).add(3);
  two.counter(kRequests).add(4);
  other.counter(kRequests).add();
  one.gauge(kActive).add(5);
  two.gauge(kActive).subtract(2);
  one.histogram(kLatency).record(Millis(1));
  two.histogram(kLatency).record(Millis(3));

  const auto families = registry.collect();
  ASSERT_EQ(families.size(), 3U);
  EXPECT_EQ(families[0].info.name, "weft_active");
  EXPECT_EQ(std::get<std::int64_t>(families[0].samples.at(0).value), 3);
  EXPECT_EQ(families[1].info.name, "weft_latency_seconds");
  EXPECT_EQ(std::get<HistogramCounts>(families[1].samples.at(0).value).sum(), Millis(4));
  ASSERT_EQ(families[2].samples.size(), 2U);
  EXPECT_EQ(families[2].samples[0].labels, (MeterLabels{{"service", "orders"}}));
  EXPECT_EQ(std::get<std::uint64_t>(families[2].samples[0].value), 7U);
  EXPECT_EQ(std::get<std::uint64_t>(families[2].samples[1].value), 1U);
}

TEST(Meters, PutsTheGroupsLabelsBeforeTheMetersOwn) {
  MeterRegistry registry;
  MeterGroup group(registry, {{"service", "orders"}});
  group.counter(kRequests, {{"code", "2xx"}});
  EXPECT_EQ(registry.collect().at(0).samples.at(0).labels,
            (MeterLabels{{"service", "orders"}, {"code", "2xx"}}));
}

TEST(Meters, LeaveWithTheirGroup) {
  MeterRegistry registry;
  {
    MeterGroup group(registry);
    group.counter(kRequests).add();
    EXPECT_EQ(registry.collect().size(), 1U);
  }
  EXPECT_TRUE(registry.collect().empty());
}

TEST(Histogram, CountsEveryDurationInABucketThatHoldsIt) {
  for (std::int64_t ns = 0; ns < (std::int64_t{1} << 41); ns = ns * 9 / 8 + 1) {
    const std::size_t bucket = HistogramScale::bucket_of(Nanos(ns));
    ASSERT_LE(HistogramScale::lower_bound(bucket).count(), ns);
    ASSERT_GT(HistogramScale::upper_bound(bucket).count(), ns);
  }
  EXPECT_EQ(HistogramScale::bucket_of(Nanos(-5)), 0U);
  EXPECT_EQ(HistogramScale::bucket_of(std::chrono::hours(24)), HistogramScale::kBuckets - 1);
}

TEST(Histogram, AnswersQuantilesWithinTwoPercent) {
  for (const Nanos each :
       {Nanos(Micros(20)), Nanos(Micros(777)), Nanos(Millis(31)), Nanos(Seconds(100))}) {
    Histogram histogram;
    histogram.record(each);
    const double answer = to_seconds(histogram.read().quantile(0.5));
    EXPECT_NEAR(answer / to_seconds(each), 1.0, 0.02) << each.count();
  }
  Histogram histogram;
  for (int i = 1; i <= 10'000; ++i) {
    histogram.record(Micros(i));
  }
  const HistogramCounts counts = histogram.read();
  EXPECT_NEAR(to_millis(counts.quantile(0.5)), 5.0, 0.1);
  EXPECT_NEAR(to_millis(counts.quantile(0.99)), 9.9, 0.2);
  EXPECT_NEAR(to_millis(counts.quantile(0)), 0.001, 0.0001);
  EXPECT_EQ(counts.count(), 10'000U);
  EXPECT_EQ(counts.mean(), Nanos(5'000'500));
  EXPECT_NEAR(static_cast<double>(counts.count_at_most(Millis(5))), 5'000, 160);
}

TEST(Histogram, SaysWhatCameSinceAnEarlierReading) {
  Histogram histogram;
  histogram.record(Millis(1));
  const HistogramCounts earlier = histogram.read();
  histogram.record(Millis(8));
  histogram.record(Millis(8));
  const HistogramCounts later = histogram.read().since(earlier);
  EXPECT_EQ(later.count(), 2U);
  EXPECT_EQ(later.sum(), Millis(16));
  EXPECT_NEAR(to_millis(later.quantile(0.01)), 8.0, 0.16);
}

TEST(Histogram, HasNoQuantileOfNothing) {
  EXPECT_EQ(HistogramCounts().quantile(0.5), Nanos(0));
  EXPECT_EQ(HistogramCounts().mean(), Nanos(0));
}

}  // namespace
}  // namespace weft::base
