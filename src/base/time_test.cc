#include "base/time.h"

#include <gtest/gtest.h>

namespace weft::base {
namespace {

TEST(Rfc3339, IsReadWithFractionsAndOffsets) {
  EXPECT_EQ(format_rfc3339(*parse_rfc3339("2025-12-14T10:30:00Z")), "2025-12-14T10:30:00.000000Z");
  EXPECT_EQ(format_rfc3339(*parse_rfc3339("2025-12-14t10:30:00.123456789+05:30")),
            "2025-12-14T05:00:00.123456Z");
  EXPECT_EQ(format_rfc3339(*parse_rfc3339("2024-02-28T23:59:60-00:30")),
            "2024-02-29T00:30:00.000000Z");
  EXPECT_TRUE(parse_rfc3339("1678-01-01T00:00:00Z"));
  EXPECT_TRUE(parse_rfc3339("2261-12-31T23:59:59.999999999Z"));
  EXPECT_TRUE(parse_rfc3339("2261-12-31T23:59:60+00:01"));
}

TEST(Rfc3339, IsWrittenWithAnOffsetToo) {
  const WallTime time = *parse_rfc3339("2025-12-14T10:30:00.5Z");
  EXPECT_EQ(format_rfc3339_offset(time), "2025-12-14T10:30:00.500000+00:00");
  EXPECT_EQ(parse_rfc3339(format_rfc3339_offset(time)), time);
}

TEST(Rfc3339, IsRefusedWhenMalformedOrBeyondWhatWeCount) {
  for (const char* text : {"",
                           "2025-12-14",
                           "2025-12-14 10:30:00Z",
                           "2025-12-14T10:30:00",
                           "2025-12-14T10:30:00.Z",
                           "2025-13-14T10:30:00Z",
                           "2023-02-29T00:00:00Z",
                           "2025-12-14T24:00:00Z",
                           "2025-12-14T10:60:00Z",
                           "2025-12-14T10:30:61Z",
                           "2025-12-14T10:30:00+24:00",
                           "2025-12-14T10:30:00+05:60",
                           "2025-12-14T10:30:00+0530",
                           "2025-12-14T10:30:00Zx",
                           "0000-01-01T00:00:00Z",
                           "1677-12-31T23:59:59Z",
                           "2262-01-01T00:00:00Z",
                           "-025-12-14T10:30:00Z",
                           "2261-12-31T23:59:60Z",
                           "2261-12-31T23:30:00-00:30",
                           "1678-01-01T00:29:59+00:30"}) {
    EXPECT_FALSE(parse_rfc3339(text)) << text;
  }
}

TEST(Duration, IsReadInEveryUnit) {
  EXPECT_EQ(*parse_duration("250ms"), Millis(250));
  EXPECT_EQ(*parse_duration("1.5s"), Millis(1500));
  EXPECT_EQ(*parse_duration("1h30m"), Seconds(5400));
  EXPECT_EQ(*parse_duration("1d"), Seconds(86'400));
  EXPECT_EQ(*parse_duration("100us"), Micros(100));
  EXPECT_EQ(*parse_duration("7ns"), Nanos(7));
  EXPECT_EQ(*parse_duration("10"), Seconds(10));
  EXPECT_EQ(*parse_duration("0.5"), Millis(500));
}

TEST(Duration, IsRefusedWhenMalformed) {
  for (const char* text :
       {"", "s", "-1s", "1x", "1s2", "1.2.3s", "1 s", "200y", "1000000d", "nan"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

TEST(Duration, IsWrittenInItsShortestForm) {
  EXPECT_EQ(format_duration(Seconds(90)), "1m30s");
  EXPECT_EQ(format_duration(Seconds(3600)), "1h");
  EXPECT_EQ(format_duration(Millis(1500)), "1500ms");
  EXPECT_EQ(format_duration(Nanos(1)), "1ns");
  EXPECT_EQ(format_duration(Nanos(0)), "0s");
}

}  // namespace
}  // namespace weft::base
