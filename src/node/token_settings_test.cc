#include "node/token_settings.h"

#include "node/settings_file.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace weft::node {
namespace {

using api::consul::AclAccess;
using api::consul::AclResource;
using api::consul::AclToken;

constexpr const char* kSecretText = "5bd2f9cc-0000-4444-8888-123456789abc";

Environment environment_with(std::string name, std::string value) {
  return
      [=](std::string_view asked) { return asked == name ? std::optional(value) : std::nullopt; };
}

struct Read {
  std::vector<AclToken> tokens;
  std::string errors;
  const AclToken& named(std::string_view name) const {
    return *std::ranges::find(tokens, name, &AclToken::name);
  }
};

Read read(const std::string& yaml, const Environment& environment = environment_with("", "")) {
  auto file = parse_settings_text(yaml, "test", environment);
  EXPECT_TRUE(file);
  SettingError errors;
  Read out;
  out.tokens = take_tokens(*file, environment, errors);
  for (const std::string& line : errors.lines) {
    out.errors += line + "\n";
  }
  EXPECT_FALSE(std::ranges::any_of(
      *file, [](const auto& entry) { return entry.first.starts_with("security.tokens"); }));
  return out;
}

TEST(TokenSettings, RulesAreMapsOfConsulsKinds) {
  const Read out = read(R"(
security:
  tokens:
    web:
      secret: ${WEB}
      rules:
        service: {web: write, "api.v1": read}
        key_prefix: {"": read, web/: write}
        operator: read
    root: {secret_sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08, management: true}
    anonymous: {rules: {node_prefix: {"": read}}}
)",
                        environment_with("WEB", kSecretText));
  EXPECT_EQ(out.errors, "");
  ASSERT_EQ(out.tokens.size(), 3U);
  const AclToken& web = out.named("web");
  EXPECT_EQ(web.secret, wire::sha256(kSecretText));
  EXPECT_TRUE(web.policy.allows(AclResource::kService, "web", AclAccess::kWrite));
  EXPECT_TRUE(web.policy.allows(AclResource::kService, "api.v1", AclAccess::kRead));
  EXPECT_FALSE(web.policy.allows(AclResource::kService, "api", AclAccess::kRead));
  EXPECT_TRUE(web.policy.allows(AclResource::kKey, "x", AclAccess::kRead));
  EXPECT_TRUE(web.policy.allows(AclResource::kKey, "web/x", AclAccess::kWrite));
  EXPECT_TRUE(web.policy.allows(AclResource::kOperator, "", AclAccess::kRead));
  EXPECT_EQ(out.named("root").secret, wire::sha256("test"));
  EXPECT_TRUE(out.named("root").policy.allows(AclResource::kAcl, "", AclAccess::kWrite));
  EXPECT_TRUE(out.named("anonymous").policy.allows(AclResource::kNode, "n", AclAccess::kRead));
}

TEST(TokenSettings, ASecretMayBeInAFileAndInTheEnvironment) {
  const auto path = std::filesystem::temp_directory_path() / "weft-token-settings-test";
  std::ofstream(path) << kSecretText << "\n";
  const Read out =
      read("security: {tokens: {ops: {secret_file: " + path.string() + ", management: true}}}",
           environment_with("WEFT_MANAGEMENT_TOKEN", "another-secret-entirely"));
  std::filesystem::remove(path);
  EXPECT_EQ(out.errors, "");
  EXPECT_EQ(out.named("ops").secret, wire::sha256(kSecretText));
  EXPECT_EQ(out.named("management").secret, wire::sha256("another-secret-entirely"));
}

TEST(TokenSettings, WhatIsWrongIsSaidWithoutTheSecret) {
  const std::string head = "security: {tokens: {t: {";
  const std::string secret = std::string("secret: ") + kSecretText;
  const std::vector<std::pair<std::string, std::string>> cases{
      {"secret: short, management: true", "too easy to guess"},
      {"secret: \"${NOT_SET}\", management: true", "is empty"},
      {"secret_sha256: abc, management: true", "64 hexadecimal"},
      {"secret_file: /nowhere/at/all, management: true", "is no file"},
      {"management: true", "expected one of secret"},
      {secret + ", secret_sha256: " + std::string(64, 'a') + ", management: true",
       "expected one of"},
      {secret, "expected rules"},
      {secret + ", management: true, rules: {operator: read}", "expected rules, or"},
      {secret + ", management: yes please", "true or false"},
      {secret + ", rules: {query: {a: read}}", "expected agent"},
      {secret + ", rules: {service: read}", "expected names"},
      {secret + ", rules: {operator: {a: read}}", "expected read, write or deny"},
      {secret + ", rules: {service: {a: list}}", "expected read, write or deny"},
      {secret + ", rights: all", "expected secret, secret_file"}};
  for (const auto& [text, why] : cases) {
    const Read out = read(head + text + "}}}");
    EXPECT_NE(out.errors.find(why), std::string::npos) << text << ": " << out.errors;
    EXPECT_EQ(out.errors.find("5bd2f9cc"), std::string::npos) << out.errors;
    EXPECT_TRUE(out.tokens.empty());
  }
  EXPECT_NE(read("security: {tokens: {anonymous: {" + secret + "}}}").errors, "");
  EXPECT_NE(read("security: {tokens: {\"a b\": {" + secret + ", management: true}}}").errors, "");
  EXPECT_NE(read("security: {tokens: {a: {" + secret + ", management: true}, b: {" + secret +
                 ", management: true}}}")
                .errors.find("of another token"),
            std::string::npos);
}

}  // namespace
}  // namespace weft::node
