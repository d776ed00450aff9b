#include "wire/utf8.h"

#include "base/random.h"
#include "base/text.h"

#include <gtest/gtest.h>

#include <string>

namespace weft::wire {
namespace {

bool check(const std::string& text, std::size_t piece) {
  Utf8Checker checker;
  for (std::size_t at = 0; at < text.size(); at += piece) {
    if (!checker.feed(std::string_view(text).substr(at, piece))) {
      return false;
    }
  }
  return checker.is_complete();
}

TEST(Utf8Checker, AgreesWithTheWholeTextCheckOnAllOneAndTwoByteTexts) {
  for (int a = 0; a < 256; ++a) {
    for (int b = 0; b < 256; ++b) {
      const std::string text{static_cast<char>(a), static_cast<char>(b)};
      ASSERT_EQ(check(text, 1), base::is_utf8(text)) << a << ' ' << b;
    }
  }
}

TEST(Utf8Checker, AgreesWithTheWholeTextCheckOnRandomPieces) {
  base::Random random(11);
  static constexpr std::string_view kEdges =
      "\x80\x8f\x90\x9f\xa0\xbf\xc2\xdf\xe0\xe2\xed\xef\xf0\xf3\xf4\xf5 abcdefgh";
  for (int round = 0; round < 50'000; ++round) {
    std::string text;
    for (std::uint64_t left = random.below(24); left > 0; --left) {
      text += random.below(3) == 0 ? "\xf0\x9f\x98\x80"
                                   : std::string(1, kEdges[random.below(kEdges.size())]);
    }
    ASSERT_EQ(check(text, 1 + random.below(9)), base::is_utf8(text))
        << testing::PrintToString(text);
  }
}

TEST(Utf8Checker, FailsAtTheFirstByteThatCannotBeMended) {
  Utf8Checker checker;
  EXPECT_TRUE(checker.feed("\xf4"));
  EXPECT_FALSE(checker.is_complete());
  EXPECT_FALSE(checker.feed("\x90"));
  checker.reset();
  EXPECT_TRUE(checker.feed("ok"));
  EXPECT_TRUE(checker.is_complete());
}

}  // namespace
}  // namespace weft::wire
