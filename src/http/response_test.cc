#include "http/response.h"

#include "http/date.h"
#include "http/query.h"
#include "http/status.h"

#include <gtest/gtest.h>

namespace weft::http {
namespace {

TEST(HttpDate, IsAnImfFixdate) {
  EXPECT_EQ(format_http_date(base::WallTime(base::Seconds(784111777))),
            "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST(HttpDate, IsMadeAgainWhenTheSecondChanges) {
  DateField field;
  EXPECT_EQ(field.text(base::WallTime{}), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(field.text(base::WallTime(base::Millis(1999))), "Thu, 01 Jan 1970 00:00:01 GMT");
}

TEST(Query, DecodesNamesAndValues) {
  const auto query = Query::parse("a=1&b=x%26y+z&&flag&a=2&=e");
  ASSERT_TRUE(query.has_value());
  EXPECT_EQ(query->value("a"), "2");
  EXPECT_EQ(query->value("b"), "x&y z");
  EXPECT_EQ(query->value("flag"), "");
  EXPECT_FALSE(query->find("flag")->has_value);
  EXPECT_FALSE(query->has("c"));
  EXPECT_EQ(query->pairs().size(), 5U);
}

TEST(Query, RefusesBrokenEscapes) {
  EXPECT_FALSE(Query::parse("a=%").has_value());
  EXPECT_FALSE(Query::parse("%ff=1").has_value());
}

TEST(Status, HasAPhraseOrNone) {
  EXPECT_EQ(reason_phrase(200), "OK");
  EXPECT_EQ(reason_phrase(505), "HTTP Version Not Supported");
  EXPECT_EQ(reason_phrase(299), "");
}

TEST(Response, HasItsBytesWhateverTheKindOfBody) {
  Response response;
  response.body = std::make_shared<const std::string>("shared");
  EXPECT_EQ(response.body_text(), "shared");
  response.body = StaticText{"static"};
  EXPECT_EQ(response.body_text(), "static");
}

TEST(Headers, AreFoundInAnyLetterCase) {
  Headers headers{{"A", "1"}, {"b", "2"}, {"a", "3"}};
  EXPECT_EQ(headers.value("a"), "1");
  headers.set("a", "4");
  EXPECT_EQ(headers.value("A"), "4");
  EXPECT_EQ(std::distance(headers.begin(), headers.end()), 2);
}

}  // namespace
}  // namespace weft::http
