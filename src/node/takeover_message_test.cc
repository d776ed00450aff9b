#include "node/takeover_message.h"

#include "base/described_encode.h"
#include "base/json.h"

#include <gtest/gtest.h>

namespace weft::node {
namespace {

TEST(TakeoverMessages, AreReadAsTheyWereWritten) {
  TakeoverMessage message;
  message.say = TakeoverWord::kListeners;
  message.listeners = {{"proxy", "127.0.0.1:0", "127.0.0.1:41234"}, {"control", "a", "b"}};
  message.more = true;
  const auto read = parse_takeover(base::write_json(base::encode(message)));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->say, TakeoverWord::kListeners);
  ASSERT_EQ(read->listeners.size(), 2U);
  EXPECT_EQ(read->listeners[0].address, "127.0.0.1:41234");
  EXPECT_TRUE(read->more);
}

// A newer weft may say more than this one knows.
TEST(TakeoverMessages, OfAnotherVersionAreReadAsFarAsTheyGo) {
  const auto read = parse_takeover(R"({"say": "released", "index": 7, "something": {"new": 1}})");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->index, 7U);
  EXPECT_EQ(read->protocol, TakeoverMessage().protocol);
}

TEST(TakeoverMessages, OfNobodyKnowsWhomAreRefused) {
  for (const char* text : {"", "hello", "[]", R"({"say": "sing"})", R"({"say": 1})",
                           R"({"say": "hello", "listeners": {}})", R"({"index": -1})"}) {
    EXPECT_EQ(parse_takeover(text).error().code, base::Code::kBadMessage) << text;
  }
}

}  // namespace
}  // namespace weft::node
