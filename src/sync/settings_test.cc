#include "sync/settings.h"

#include "sync/backoff.h"

#include <gtest/gtest.h>

#include <string>

namespace weft::sync {
namespace {

std::string where(std::string_view text) {
  const auto at = parse_consul_address(text);
  return !at ? "refused" : *at ? (*at)->to_string() : "off";
}

TEST(SyncSettings, AnAddressIsAHostAndAPortOrAnHttpUrl) {
  EXPECT_EQ(where(""), "off");
  EXPECT_EQ(where("off"), "off");
  EXPECT_EQ(where("consul"), "consul:8500");
  EXPECT_EQ(where(" 10.0.0.1:81 "), "10.0.0.1:81");
  EXPECT_EQ(where("http://[::1]:8500/"), "[::1]:8500");
  for (const char* bad : {"https://consul:8501", "http://u@consul", "consul:0", "http://consul/v1",
                          "consul:70000", "http://"}) {
    EXPECT_EQ(where(bad), "refused") << bad;
  }
}

TEST(SyncSettings, ADirectionIsOneOfFourWords) {
  EXPECT_EQ(parse_direction("none"), Direction::kNone);
  EXPECT_FALSE(parse_direction("Both"));
  EXPECT_TRUE(goes_in(Direction::kBoth) && goes_out(Direction::kBoth));
  EXPECT_FALSE(goes_in(Direction::kOut) || goes_out(Direction::kIn));
}

TEST(SyncBackoff, GrowsToAMostAndIsNeverLessThanHalf) {
  base::Random random(1);
  Backoff backoff(base::Seconds(1), base::Seconds(4));
  for (const int most : {1, 2, 4, 4, 4}) {
    const base::Nanos pause = backoff.next(random);
    EXPECT_LE(pause, base::Seconds(most));
    EXPECT_GE(pause, base::Seconds(most) / 2);
  }
  backoff.reset();
  EXPECT_LE(backoff.next(random), base::Seconds(1));
}

}  // namespace
}  // namespace weft::sync
