#include "health/probe_text.h"

#include "base/text.h"

#include <gtest/gtest.h>

namespace weft::health {
namespace {

TEST(ProbeText, LeavesWhatPeopleCanRead) {
  EXPECT_EQ(printable("{\"status\":\t\"üp\"}\n", 100), "{\"status\":\t\"üp\"}\n");
}

TEST(ProbeText, ReplacesControlBytesAndWhatIsNotUtf8) {
  EXPECT_EQ(printable(std::string("a\0b\x1b[2Jc\xff\xc3\x7f", 11), 100), "a?b?[2Jc???");
}

TEST(ProbeText, CutsBetweenTwoCharacters) {
  EXPECT_EQ(printable("aüb", 2), "a");
  EXPECT_EQ(printable("aüb", 3), "aü");
  EXPECT_EQ(printable("abc", 2), "ab");
  EXPECT_EQ(printable("abüc", 2), "ab");
}

TEST(ProbeText, IsWellFormedForAnyBytes) {
  std::string all;
  for (int i = 0; i < 256; ++i) {
    all += static_cast<char>(i);
    all += static_cast<char>(255 - i);
  }
  EXPECT_TRUE(base::is_utf8(printable(all, 10'000)));
}

TEST(ProbeText, BlamesNobodyForOurOwnTrouble) {
  for (const base::Code code : {base::Code::kNoSpace, base::Code::kCancelled, base::Code::kLimit}) {
    EXPECT_TRUE(is_inconclusive({.code = code}));
  }
  for (const base::Code code : {base::Code::kRefused, base::Code::kTimeout, base::Code::kNoName,
                                base::Code::kForbidden, base::Code::kBadMessage}) {
    EXPECT_FALSE(is_inconclusive({.code = code}));
  }
}

}  // namespace
}  // namespace weft::health
