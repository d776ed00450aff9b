#include "cli/api_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weft::cli {
namespace {

using testing::HasSubstr;

ApiUrl local() { return *parse_api_url("http://127.0.0.1:8000"); }

TEST(ApiUrl, ReadsHostPortAndPrefix) {
  const auto url = parse_api_url("http://mesh.example:81/behind/");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->to, (base::HostPort{"mesh.example", 81}));
  EXPECT_EQ(url->prefix, "/behind");
  EXPECT_EQ(url->text, "http://mesh.example:81/behind");
}

TEST(ApiUrl, TakesPort80AndAMissingScheme) {
  EXPECT_EQ(parse_api_url("http://mesh")->to.port, 80);
  EXPECT_EQ(parse_api_url("localhost:8000")->text, "http://localhost:8000");
  EXPECT_EQ(parse_api_url("http://[::1]:8000")->to, (base::HostPort{"::1", 8000}));
}

TEST(ApiUrl, RefusesWhatItCannotSpeakAsAUsageError) {
  for (const char* text : {"", "https://mesh:8000", "http://", "http://a:99999", "http://a:80/x?y",
                           "http://a:80/x y", "ftp://a"}) {
    const auto url = parse_api_url(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().exit_code, 2) << text;
    EXPECT_THAT(url.error().line, HasSubstr("WEFT_URL")) << text;
  }
}

TEST(NoAnswer, SaysWhatToDoWhenNobodyListens) {
  const base::Error error{base::Code::kRefused, base::Side::kBackend, base::Retry::kSafe, 111,
                          "connect"};
  EXPECT_EQ(explain_no_answer(local(), error),
            "cannot reach http://127.0.0.1:8000: connection refused; is a node running? start one "
            "with 'weft server' or 'weft demo'");
}

TEST(NoAnswer, SaysHowLongItWaited) {
  const base::Error error{base::Code::kTimeout, base::Side::kBackend, base::Retry::kNever, 0,
                          "receive"};
  EXPECT_THAT(explain_no_answer(local(), error), HasSubstr("did not answer within 3s"));
}

TEST(Refusal, ShowsTheSentenceOfTheNode) {
  EXPECT_EQ(explain_refusal(local(), 404, R"({"detail":"Service not found"})"),
            "Service not found (404 Not Found)");
}

TEST(Refusal, ShowsEveryFieldThatIsWrong) {
  const char* body = R"({"detail":[
      {"loc":["body","port"],"msg":"at most 65535","type":"value_error"},
      {"loc":["body","health_check","interval"],"msg":"not a duration","type":"value_error"}]})";
  EXPECT_THAT(explain_refusal(local(), 422, body),
              HasSubstr("port: at most 65535; health_check.interval: not a duration (422"));
}

TEST(Refusal, DoubtsThatItIsANodeWhenTheAnswerIsForeign) {
  for (const char* body : {"<html>", "", "[]", R"({"detail":7})", R"({"detail":[]})"}) {
    EXPECT_THAT(explain_refusal(local(), 404, body), HasSubstr("is it a node?")) << body;
  }
}

}  // namespace
}  // namespace weft::cli
