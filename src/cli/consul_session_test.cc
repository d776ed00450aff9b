#include "cli/consul_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace weft::cli {
namespace {

using testing::HasSubstr;

constexpr UrlWords kWordsOfConsul{"--consul-url", "CONSUL_HTTP_ADDR", "http://127.0.0.1:10006"};

ApiUrl consul_url() { return *parse_api_url("127.0.0.1:10006", kWordsOfConsul); }

Environment environment_of(std::map<std::string, std::string, std::less<>> variables) {
  return [variables](std::string_view name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
}

TEST(ConsulUrl, IsComplainedAboutByItsOwnWords) {
  const auto url = parse_api_url("https://mesh", kWordsOfConsul);
  ASSERT_FALSE(url);
  EXPECT_EQ(url.error().line,
            "'https://mesh' is no URL of a node: https is not spoken here; give --consul-url (or "
            "CONSUL_HTTP_ADDR) as http://127.0.0.1:10006");
  const base::Error refused{base::Code::kRefused, base::Side::kBackend, base::Retry::kSafe, 111,
                            "connect"};
  EXPECT_THAT(explain_no_answer(consul_url(), refused),
              HasSubstr("does it listen there (see --consul-url)"));
  const base::Error late{base::Code::kTimeout, base::Side::kBackend, base::Retry::kNever, 0, ""};
  EXPECT_THAT(explain_no_answer(consul_url(), late, base::Seconds(130)),
              HasSubstr("did not answer within 2m10s"));
}

TEST(ConsulRefusal, IsTheLineOfTheNode) {
  EXPECT_EQ(explain_consul_refusal(consul_url(), 400, "Missing key name"),
            "Missing key name (400 Bad Request)");
  EXPECT_EQ(explain_consul_refusal(consul_url(), 500, "one\ntwo"),
            "one (500 Internal Server Error)");
  EXPECT_THAT(explain_consul_refusal(consul_url(), 403, "Permission denied"),
              HasSubstr("give a token by CONSUL_HTTP_TOKEN"));
}

TEST(ConsulRefusal, DoubtsWhatIsNoConsul) {
  for (const char* body : {"", "<html>", R"({"detail":"Not Found"})"}) {
    EXPECT_THAT(explain_consul_refusal(consul_url(), 404, body),
                HasSubstr("is it a node's Consul API? see --consul-url"))
        << body;
  }
  EXPECT_THAT(explain_consul_refusal(consul_url(), 200, "hello"), HasSubstr("answered 200 OK"));
}

TEST(ConsulToken, ComesFromTheEnvironmentAlone) {
  EXPECT_EQ(consul_token(environment_of({})), std::nullopt);
  EXPECT_EQ(consul_token(environment_of({{"WEFT_TOKEN", "w"}})), "w");
  EXPECT_EQ(consul_token(environment_of({{"WEFT_TOKEN", "w"}, {"CONSUL_HTTP_TOKEN", "c"}})), "c");
  EXPECT_EQ(consul_token(environment_of({{"WEFT_TOKEN", "w"}, {"CONSUL_HTTP_TOKEN", ""}})), "w");
}

}  // namespace
}  // namespace weft::cli
