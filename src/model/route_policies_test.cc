#include "model/route_policies.h"

#include "base/described_decode.h"
#include "base/described_encode.h"
#include "model/route.h"

#include <gtest/gtest.h>

namespace weft::model {
namespace {

// What is wrong with the policies of a route, "where: what"; empty: nothing.
std::string refusal_of(std::string_view policies) {
  const auto json = base::parse_json(policies);
  EXPECT_TRUE(json) << policies;
  const auto decoded =
      base::decode<RoutePolicies>(*json, {.unknown = base::UnknownFields::kRefuse});
  return decoded ? "" : decoded.error().front().where();
}

TEST(RoutePolicies, AreGoodWhenTheyAreWhole) {
  EXPECT_EQ(refusal_of(R"({"redirect":{"status":308,"scheme":"https"}})"), "");
  EXPECT_EQ(refusal_of(R"j({"rewrite":{"pattern":"^/a/(.*)","substitution":"/b/\\1"}})j"), "");
  EXPECT_EQ(refusal_of(R"({"fault":{"delay":"1s","abort_status":503,"abort_percent":0.5}})"), "");
  EXPECT_EQ(
      refusal_of(R"({"rate_limit":{"requests":5,"period":"60s","key":"header","header":"X-Key"}})"),
      "");
  EXPECT_EQ(refusal_of(R"({"mirror":{"service":"shadow","percent":12.5}})"), "");
  EXPECT_EQ(refusal_of(R"({"request_fields":{"set":[{"name":"X-A","value":"b c"}]}})"), "");
}

TEST(RoutePolicies, NameTheFieldThatIsWrong) {
  EXPECT_EQ(refusal_of(R"({"redirect":{"status":200,"path":"/x"}})"), "redirect.status");
  EXPECT_EQ(refusal_of(R"({"redirect":{}})"), "redirect.path");
  EXPECT_EQ(refusal_of(R"({"redirect":{"path":"/a b"}})"), "redirect.path");
  EXPECT_EQ(refusal_of(R"({"redirect":{"host":"a/b"}})"), "redirect.host");
  EXPECT_EQ(refusal_of(R"({"rewrite":{"pattern":"("}})"), "rewrite.pattern");
  EXPECT_EQ(refusal_of(R"({"rewrite":{"pattern":"a","substitution":"\\1"}})"),
            "rewrite.substitution");
  EXPECT_EQ(refusal_of(R"({"rewrite":{"pattern":"a","prefix":"/b"}})"), "rewrite.pattern");
  EXPECT_EQ(refusal_of(R"({"fault":{"abort_status":99}})"), "fault.abort_status");
  EXPECT_EQ(refusal_of(R"({"fault":{"delay_percent":101}})"), "fault.delay_percent");
  EXPECT_EQ(refusal_of(R"({"rate_limit":{"requests":0}})"), "rate_limit.requests");
  EXPECT_EQ(refusal_of(R"({"rate_limit":{"key":"header"}})"), "rate_limit.header");
  EXPECT_EQ(refusal_of(R"({"rate_limit":{"period":"0s"}})"), "rate_limit.period");
  EXPECT_EQ(refusal_of(R"({"mirror":{}})"), "mirror.service");
}

TEST(RoutePolicies, CannotTouchTheFieldsOfTheGatewayItself) {
  for (const char* name : {"Content-Length", "transfer-encoding", "Host", "Connection", "TE",
                           "X-Forwarded-For", "traceparent", "X-Request-ID"}) {
    const std::string line = std::string(R"([{"name":")") + name + R"(","value":"1"}]}})";
    EXPECT_EQ(refusal_of(R"({"request_fields":{"set":)" + line), "request_fields.set[0]");
    EXPECT_EQ(refusal_of(R"({"response_fields":{"add":)" + line), "response_fields.add[0]");
    EXPECT_EQ(refusal_of(std::string(R"({"request_fields":{"remove":[")") + name + R"("]}})"),
              "request_fields.remove[0]");
  }
}

TEST(RoutePolicies, AFieldsValueCannotBeginALineOfItsOwn) {
  EXPECT_EQ(refusal_of(R"({"request_fields":{"set":[{"name":"X-A","value":"b\r\nX-Evil: 1"}]}})"),
            "request_fields.set[0].value");
  EXPECT_EQ(refusal_of(R"({"request_fields":{"set":[{"name":"X-A","value":" b"}]}})"),
            "request_fields.set[0].value");
  EXPECT_EQ(refusal_of(R"({"request_fields":{"set":[{"name":"X A","value":"b"}]}})"),
            "request_fields.set[0].name");
}

TEST(RoutePolicies, ComeBackAsTheyWereAndCostARouteWithoutThemAPointer) {
  Route route;
  route.id = "r";
  route.destinations.push_back({.service = "web"});
  EXPECT_FALSE(base::encode(route).as_object().contains("policies"));
  route.policies.emplace().mirror = Mirror{.service = "shadow", .percent = 5};
  const auto back = base::decode<Route>(base::encode(route));
  ASSERT_TRUE(back);
  EXPECT_EQ(*back, route);
  const Route copy = route;
  route.policies->mirror->percent = 6;
  EXPECT_EQ(copy.policies->mirror->percent, 5) << "a copy is one's own";
  EXPECT_NE(copy, route);
  static_assert(sizeof(route.policies) == sizeof(void*));
}

TEST(RoutePolicies, OnlyThePrefixOfAPrefixRouteIsRewritten) {
  const auto json = base::parse_json(
      R"({"id":"r","path":"^/x","path_match":"regex","destinations":[{"service":"a"}],"policies":{"rewrite":{"prefix":"/y"}}})");
  const auto decoded = base::decode<Route>(*json);
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().front().where(), "policies");
}

}  // namespace
}  // namespace weft::model
