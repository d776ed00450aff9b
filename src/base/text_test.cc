#include "base/text.h"

#include <gtest/gtest.h>

#include <array>

namespace weft::base {
namespace {

TEST(Text, ConcatPutsPiecesOneAfterTheOther) {
  EXPECT_EQ(concat({}), "");
  EXPECT_EQ(concat({"a", "", std::string(100, 'b'), "c"}), "a" + std::string(100, 'b') + "c");
}

TEST(Hex, IsReadInPlaceOrRefused) {
  std::array<std::uint8_t, 3> bytes{};
  ASSERT_TRUE(decode_hex("00fFa9", bytes));
  EXPECT_EQ(bytes, (std::array<std::uint8_t, 3>{0, 255, 0xa9}));
  for (const char* text : {"", "00fFa", "00fFa9a", "00fFa9aa", "00fFag", "g0fFa9", "0 fFa9"}) {
    EXPECT_FALSE(decode_hex(text, bytes)) << text;
  }
  EXPECT_EQ(from_hex("4869"), "Hi");
  EXPECT_EQ(from_hex("486"), std::nullopt);
  EXPECT_EQ(from_hex("4x"), std::nullopt);
}

TEST(Utf8, SaysHowLongTheFirstCharacterIs) {
  EXPECT_EQ(utf8_character_bytes("ab"), 1U);
  EXPECT_EQ(utf8_character_bytes("\xc3\xbcx"), 2U);
  EXPECT_EQ(utf8_character_bytes("\xe2\x82\xac"), 3U);
  EXPECT_EQ(utf8_character_bytes("\xf0\x9f\x98\x80"), 4U);
  for (const char* text : {"", "\xc3", "\xbc", "\xc0\x80", "\xed\xa0\x80", "\xf5\x80\x80\x80",
                           "\xf0\x9f\x98", "\xe2\x82x"}) {
    EXPECT_EQ(utf8_character_bytes(text), 0U) << text;
  }
}

}  // namespace
}  // namespace weft::base
