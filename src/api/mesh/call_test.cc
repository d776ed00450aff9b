#include "api/mesh/call.h"

#include "api/kit/face_for_test.h"
#include "base/text.h"

#include <gmock/gmock.h>

#include <algorithm>

namespace weft::api::mesh {
namespace {

using testing::ElementsAre;

constexpr const char* kTrace = "5b1e0c7d9f024a63b8d1e0aa41c97f22";
constexpr const char* kTraceparent = "00-5b1e0c7d9f024a63b8d1e0aa41c97f22-00f067aa0ba902b7-01";

class CallRoute : public testing::Test, protected kit::FaceForTest {
 protected:
  CallRoute() { add_call_route(router, style_, parts); }

  json::value call_with(const json::object& more, http::Headers headers = {}) {
    json::object body{{"service_name", "web"}};
    for (const auto& member : more) {
      body[member.key()] = member.value();
    }
    return ask_json("POST", "/api/v1/mesh/v2/call", base::write_json(body), std::move(headers));
  }
  // The fields of that name the instance was sent.
  std::vector<std::string> sent(std::string_view name) const {
    std::vector<std::string> out;
    for (const auto& [each, value] : data_plane.calls.at(0).headers) {
      if (base::iequals(each, name)) {
        out.push_back(value);
      }
    }
    return out;
  }

 private:
  http::DetailStyle style_;
};

TEST_F(CallRoute, GoesOnWithTheTraceOfItsHeaders) {
  const json::value answer = call_with(
      {{"headers", {{"traceparent", kTraceparent}, {"tracestate", "a=1"}, {"x-span-id", "mine"}}}},
      {{"X-Trace-Id", "another"}});
  EXPECT_EQ(answer.at("trace_id"), json::value(kTrace));
  EXPECT_THAT(sent("X-Trace-Id"), ElementsAre(kTrace));
  EXPECT_THAT(sent("X-Parent-Span-Id"), ElementsAre("00f067aa0ba902b7"));
  EXPECT_THAT(sent("tracestate"), ElementsAre("a=1"));
  ASSERT_EQ(sent("X-Span-Id").size(), 1U);
  EXPECT_NE(sent("X-Span-Id")[0], "mine") << "the call is a span of its own";
  ASSERT_EQ(sent("traceparent").size(), 1U);
  EXPECT_THAT(sent("traceparent")[0], testing::StartsWith(std::string("00-") + kTrace));
}

TEST_F(CallRoute, GoesOnWithTheTraceOfTheRequestWhenItsHeadersNameNone) {
  EXPECT_EQ(call_with({}, {{"X-Trace-Id", kTrace}}).at("trace_id"), json::value(kTrace));
}

TEST_F(CallRoute, SendsOneOfEachField) {
  call_with({{"body", {{"a", 1}}},
             {"headers",
              {{"content-type", "application/vnd.ticket+json"},
               {"X-Request-Start", "0"},
               {"Content-Length", "3"},
               {"Accept", "text/plain"}}}});
  EXPECT_THAT(sent("Content-Type"), ElementsAre("application/vnd.ticket+json"));
  EXPECT_EQ(sent("X-Request-Start").size(), 1U);
  EXPECT_TRUE(sent("Content-Length").empty());
  EXPECT_THAT(sent("Accept"), ElementsAre("text/plain"));
}

TEST_F(CallRoute, SaysWhyNobodyIsCalled) {
  const auto sentence = [&](balance::PickRefusal refusal) {
    data_plane.failure = kit::CallFailure{refusal, {}};
    const json::value answer = call_with({});
    EXPECT_EQ(status, 503);
    return std::string(answer.at("detail").as_string());
  };
  EXPECT_EQ(sentence(balance::PickRefusal::kNoEndpoints), "No instances available for service web");
  EXPECT_EQ(sentence(balance::PickRefusal::kNoHealthy), "No healthy instances for service web");
  EXPECT_EQ(sentence(balance::PickRefusal::kNoWeight),
            "All healthy instances of service web have weight 0");
  EXPECT_EQ(sentence(balance::PickRefusal::kAllBreakersOpen),
            "All instances have open circuit breakers");
}

TEST_F(CallRoute, NamesABadHeaderBesideOtherBadFields) {
  EXPECT_THAT(refused(call_with({{"path", "x"}, {"headers", {{"a b", "1"}, {"c", "\r\n"}}}})),
              ElementsAre("body.path", "body.headers.a b", "body.headers.c"));
}

}  // namespace
}  // namespace weft::api::mesh
