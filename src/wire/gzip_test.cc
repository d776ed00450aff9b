#include "wire/gzip.h"

#include <gtest/gtest.h>

#include <string>

namespace weft::wire {
namespace {

constexpr std::size_t kPlenty = 10'000'000;

std::string long_text() {
  std::string text;
  for (int i = 0; i < 30'000; ++i) {
    text += std::to_string(i * 7919);
  }
  return text;
}

TEST(Gzip, WhatWasPackedIsUnpackedAsItWas) {
  for (const std::string& text :
       {std::string(), std::string("a"), std::string(70'000, '\0'), long_text()}) {
    EXPECT_EQ(gunzip(gzip(text), kPlenty), text);
  }
  EXPECT_EQ(gzip("same"), gzip("same"));
}

TEST(Gzip, WhatIsCutOffAnywhereIsRefused) {
  const std::string packed = gzip("a text that is packed, and packed, and packed");
  for (std::size_t i = 0; i < packed.size(); ++i) {
    const auto text = gunzip(std::string_view(packed).substr(0, i), kPlenty);
    ASSERT_FALSE(text) << i;
    EXPECT_EQ(text.error().code, base::Code::kBadMessage);
  }
}

TEST(Gzip, WhatIsDamagedOrFollowedBySomethingIsRefused) {
  const std::string packed = gzip(long_text());
  for (const std::size_t at :
       {std::size_t{0}, packed.size() / 2, packed.size() - 1, packed.size() - 6}) {
    std::string damaged = packed;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    EXPECT_FALSE(gunzip(damaged, kPlenty)) << at;
  }
  EXPECT_FALSE(gunzip(packed + "x", kPlenty));
  EXPECT_FALSE(gunzip(packed + packed, kPlenty));
}

TEST(Gzip, AMountainInAGrainOfSandIsRefused) {
  const std::string packed = gzip(std::string(8'000'000, 'a'));
  EXPECT_LT(packed.size(), 10'000U);
  const auto text = gunzip(packed, 1'000'000);
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code, base::Code::kBodyTooLarge);
  EXPECT_TRUE(gunzip(packed, 8'000'000));
}

}  // namespace
}  // namespace weft::wire
