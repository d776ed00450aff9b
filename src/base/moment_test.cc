#include "base/moment.h"

#include <gtest/gtest.h>

namespace weft::base {
namespace {

const WallTime kNow = *parse_rfc3339("2026-01-31T14:30:00Z");

std::string read_as(std::string_view text, WallTime now = kNow) {
  const auto moment = parse_moment(text, now);
  return moment ? format_moment(*moment) : std::string(code_name(moment.error().code));
}

TEST(Moment, DigitsAreAnIndex) {
  EXPECT_EQ(read_as("0"), "0");
  EXPECT_EQ(read_as("4711"), "4711");
  EXPECT_EQ(read_as("18446744073709551616"), "invalid") << "more than an index can be";
}

TEST(Moment, AWholeTimeIsRfc3339) {
  EXPECT_EQ(read_as("2026-01-30T10:00:00.5+02:00"), "2026-01-30T08:00:00.500000Z");
}

TEST(Moment, ATimeOfTheDayIsOfTodayInUtcUnlessAnOffsetIsGiven) {
  EXPECT_EQ(read_as("14:03"), "2026-01-31T14:03:00.000000Z");
  EXPECT_EQ(read_as("14:03:20"), "2026-01-31T14:03:20.000000Z");
  EXPECT_EQ(read_as("14:03:20.25Z"), "2026-01-31T14:03:20.250000Z");
  EXPECT_EQ(read_as("14:03+02:00"), "2026-01-31T12:03:00.000000Z");
  const WallTime late = *parse_rfc3339("2026-01-31T23:30:00Z");
  EXPECT_EQ(read_as("00:10+01:00", late), "2026-01-31T23:10:00.000000Z") << "it is tomorrow there";
}

TEST(Moment, ADurationIsSoLongAgo) {
  EXPECT_EQ(read_as("10m"), "2026-01-31T14:20:00.000000Z");
  EXPECT_EQ(read_as("-10m"), "2026-01-31T14:20:00.000000Z");
  EXPECT_EQ(read_as("1h30m"), "2026-01-31T13:00:00.000000Z");
}

TEST(Moment, AnythingElseIsRefused) {
  for (const char* text :
       {"", "-", "-5", "5.5", "now", "yesterday", "25:00", "14:60", "14:3", "1a:03", "14:03+2",
        "14:03+02:99", "10m ago", "--10m", "14:03:", "2026-01-31", "14:03:20:00", " 5"}) {
    EXPECT_EQ(read_as(text), "invalid") << text;
  }
}

TEST(Moment, WhatIsFormattedReadsBackEqual) {
  for (const char* text : {"7", "2026-01-30T10:00:00Z", "14:03", "3s"}) {
    const auto once = parse_moment(text, kNow);
    ASSERT_TRUE(once) << text;
    EXPECT_EQ(*parse_moment(format_moment(*once), kNow), *once) << text;
  }
}

}  // namespace
}  // namespace weft::base
