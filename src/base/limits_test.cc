#include "base/limits.h"

#include "base/limit_meters.h"

#include <gtest/gtest.h>

namespace weft::base {
namespace {

TEST(Limits, HaveTheDefaultsOfTheTableUntilTheyAreSet) {
  Limits limits;
  for (const LimitFacts& facts : kLimitTable) {
    EXPECT_EQ(limits[facts.limit], facts.fallback) << facts.name;
  }
  EXPECT_EQ(limits[Limit::kBodyBytes], 8U * 1024 * 1024);
  limits.set(Limit::kBodyBytes, 5);
  EXPECT_EQ(limits[Limit::kBodyBytes], 5U);
  EXPECT_EQ(limits.time(Limit::kStallMillis), Seconds(30));
  EXPECT_EQ(default_time_of(Limit::kIdleMillis), Seconds(60));
}

TEST(Limits, AreFoundByName) {
  for (const LimitFacts& facts : kLimitTable) {
    EXPECT_EQ(limit_by_name(facts.name), facts.limit);
  }
  EXPECT_EQ(limit_by_name("nothing"), std::nullopt);
}

TEST(Limits, AreKnownByTheCodeOfARefusalWhereItSaysWhich) {
  EXPECT_EQ(limit_met(Code::kHeadTooLarge), Limit::kHeadBytes);
  EXPECT_EQ(limit_met(Code::kTooManyFields), Limit::kHeadFields);
  EXPECT_EQ(limit_met(Code::kUriTooLong), Limit::kUriBytes);
  EXPECT_EQ(limit_met(Code::kBodyTooLarge), Limit::kBodyBytes);
  EXPECT_EQ(limit_met(Code::kTimeout), std::nullopt);
}

TEST(LimitMeters, CountEachLimitByItsNameOverAllWriters) {
  MeterRegistry registry;
  LimitMeters one(registry);
  LimitMeters other(registry);
  one.reached(Limit::kBodyBytes);
  other.reached(Limit::kBodyBytes);
  EXPECT_EQ(one.count(Limit::kBodyBytes), 1U);
  const auto families = registry.collect();
  ASSERT_EQ(families.size(), 1U);
  EXPECT_EQ(families[0].info.name, "weft_limit_reached_total");
  EXPECT_EQ(families[0].samples.size(), kLimitTable.size());
  for (const MeterSample& sample : families[0].samples) {
    const bool is_it = sample.labels == MeterLabels{{"limit", "body_bytes"}};
    EXPECT_EQ(std::get<std::uint64_t>(sample.value), is_it ? 2U : 0U);
  }
}

}  // namespace
}  // namespace weft::base
