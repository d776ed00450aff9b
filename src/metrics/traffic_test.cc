#include "metrics/traffic.h"

#include "base/random.h"

#include <gtest/gtest.h>

#include <cmath>

namespace weft::metrics {
namespace {

using namespace std::chrono_literals;

constexpr base::WallTime kStart{1'700'000'000s};

model::Record record_of(std::uint32_t service, std::uint16_t status, base::Nanos duration) {
  model::Record record;
  record.service = service;
  record.instance = service * 10;
  record.status = status;
  record.duration_ns = duration.count();
  record.method = model::Method::kGet;
  return record;
}

TEST(WindowHistogram, QuantilesAreWithinSevenPercent) {
  base::Random random(7);
  for (int round = 0; round < 200; ++round) {
    const auto wanted =
        base::Nanos(static_cast<std::int64_t>(2'000.0 * std::pow(2.0, random.unit() * 22.0)));
    WindowHistogram histogram;
    histogram.record(wanted);
    const double got = static_cast<double>(histogram.quantile(0.5).count());
    EXPECT_NEAR(got / static_cast<double>(wanted.count()), 1.0, 0.07) << wanted.count();
  }
}

TEST(Traffic, AWindowCountsWholeSecondsOnly) {
  Traffic traffic;
  const std::vector<model::Record> batch(50, record_of(1, 200, 2ms));
  traffic.fold(batch, kStart + 500ms);
  EXPECT_EQ(traffic.total(kStart + 900ms).requests_per_second, 0);
  EXPECT_EQ(traffic.total(kStart + 1s).requests_per_second, 5);  // 50 in 10 s
  EXPECT_EQ(traffic.total(kStart + 11s).requests_per_second, 0);
}

TEST(Traffic, WhatWasNotMeasuredIsAbsent) {
  Traffic traffic;
  EXPECT_FALSE(traffic.total(kStart).error_ratio);
  EXPECT_FALSE(traffic.of_service(1, kStart));
  traffic.fold(std::vector{record_of(1, 200, 2ms)}, kStart);
  EXPECT_TRUE(traffic.of_service(1, kStart + 1s)->p95_ms);
  EXPECT_FALSE(traffic.of_service(1, kStart + 60s)->p95_ms);
}

TEST(Traffic, ErrorsAreServerErrorsAndMissingAnswersButNotClientsThatLeft) {
  Traffic traffic;
  std::vector<model::Record> batch;
  batch.push_back(record_of(1, 200, 1ms));
  batch.push_back(record_of(1, 404, 1ms));
  batch.push_back(record_of(1, 503, 1ms));
  batch.push_back(record_of(1, 0, 1ms));
  batch.back().failed = true;
  batch.back().side = base::Side::kClient;
  traffic.fold(batch, kStart);
  EXPECT_DOUBLE_EQ(*traffic.total(kStart + 1s).error_ratio, 0.25);
  EXPECT_EQ(traffic.errors_total(), 1U);
}

TEST(Traffic, PointsCoverEverySecondOldestFirstWithGapsAsZero) {
  Traffic traffic;
  traffic.fold(std::vector{record_of(1, 200, 1ms)}, kStart);
  traffic.fold(std::vector{record_of(1, 200, 1ms), record_of(1, 200, 1ms)}, kStart + 2s);
  const auto points = traffic.points(kStart - 1s, kStart + 3s);
  ASSERT_EQ(points.size(), 3U);
  EXPECT_EQ(points[0].summary.requests_per_second, 1);
  EXPECT_EQ(points[1].summary.requests_per_second, 0);
  EXPECT_FALSE(points[1].summary.p95_ms);
  EXPECT_EQ(points[2].summary.requests_per_second, 2);
  EXPECT_EQ(points[2].second, kStart + 2s);
}

TEST(Traffic, TotalsKeepServicesAndInstancesApart) {
  Traffic traffic;
  traffic.fold(std::vector{record_of(1, 200, 1ms), record_of(2, 500, 1ms)}, kStart);
  EXPECT_EQ(traffic.services().at(1).by_status_class[2], 1U);
  EXPECT_EQ(traffic.services().at(2).by_status_class[5], 1U);
  EXPECT_EQ(traffic.instances().at(20).requests, 1U);
  traffic.forget_service(2);
  traffic.forget_instance(20);
  EXPECT_FALSE(traffic.services().contains(2));
  EXPECT_FALSE(traffic.instances().contains(20));
}

}  // namespace
}  // namespace weft::metrics
