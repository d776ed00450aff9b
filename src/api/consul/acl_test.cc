#include "api/consul/acl.h"

#include "api/consul/acl_gate.h"
#include "api/consul/consul_for_test.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weft::api::consul {
namespace {

AclToken token_of(std::string name, AclPolicy policy) {
  const wire::Sha256 secret = wire::sha256("secret-of-" + name);
  return {std::move(name), secret, std::move(policy)};
}

AclRule rule_of(std::string_view kind, std::string name, AclAccess access) {
  AclRule rule = *parse_acl_kind(kind);
  rule.name = std::move(name);
  rule.access = access;
  return rule;
}

FaceOptions protected_face() {
  constexpr AclAccess kRead = AclAccess::kRead;
  constexpr AclAccess kWrite = AclAccess::kWrite;
  std::vector<AclToken> tokens;
  tokens.push_back(token_of("root", AclPolicy::management()));
  tokens.push_back(token_of("nothing", AclPolicy()));
  tokens.push_back(token_of(
      "web",
      AclPolicy({rule_of("service", "web", kWrite), rule_of("key_prefix", "web/", kWrite),
                 rule_of("key_prefix", "web/secret/", AclAccess::kDeny),
                 rule_of("key", "shared", kRead), rule_of("node", "n1", kRead),
                 rule_of("session", "n1", kWrite), rule_of("event_prefix", "web-", kWrite)})));
  return {.acl = std::make_shared<const Acl>(std::move(tokens))};
}

class ConsulAcl : public testing::Test, public ConsulForTest {
 protected:
  ConsulAcl() : ConsulForTest(protected_face()) {}

  void act_as(std::string_view name) {
    token = name.empty() ? std::string() : "secret-of-" + std::string(name);
  }
  std::string as(std::string_view name, std::string_view method, std::string_view target,
                 std::string body = {}) {
    act_as(name);
    return say(method, target, std::move(body));
  }
  json::value seen_by(std::string_view name, std::string_view target) {
    act_as(name);
    return get(target);
  }
  bool is_filtered() const { return headers.find("X-Consul-Results-Filtered-By-ACLs") == "true"; }

  // Something of everything that lists show.
  void fill() {
    for (const char* name : {"web", "db"}) {
      EXPECT_EQ(as("root", "PUT", "/v1/agent/service/register",
                   std::string(R"({"Name":")") + name + R"(","ID":")" + name +
                       R"(-1","Port":80,"Check":{"TTL":"10m","Status":"passing"}})"),
                "200 ");
    }
    for (const char* key : {"web/a", "web/secret/b", "shared", "db/c"}) {
      EXPECT_EQ(as("root", "PUT", std::string("/v1/kv/") + key, "v"), "200 true");
    }
    act_as("root");
    const json::value made =
        base::parse_json(say("PUT", "/v1/session/create", "{}").substr(4)).value();
    session = made.at("ID").as_string();
    EXPECT_EQ(as("root", "PUT", "/v1/event/fire/web-deploy", "x").substr(0, 3), "200");
    EXPECT_EQ(as("root", "PUT", "/v1/event/fire/db-deploy", "x").substr(0, 3), "200");
    EXPECT_EQ(as("root", "PUT", "/v1/catalog/register",
                 R"({"Node":"far","Address":"10.0.0.9","Service":{"Service":"web","ID":"w9"},
                     "Check":{"CheckID":"far-alive","Status":"passing"}})"),
              "200 true");
  }

  std::string session;
};

TEST_F(ConsulAcl, UnknownTokensAreRefusedAndNobodyIsTheAnonymousOne) {
  EXPECT_EQ(as("stranger", "GET", "/v1/status/leader"), "403 ACL not found");
  EXPECT_EQ(headers.find("X-Consul-Default-Acl-Policy"), "deny");
  EXPECT_EQ(as("", "GET", "/v1/agent/self"), "403 Permission denied");
  EXPECT_EQ(as("", "GET", "/v1/status/peers"), R"(200 ["10.0.0.1:8300"])");
  EXPECT_EQ(as("root", "GET", "/v1/agent/version").substr(0, 3), "200");
}

TEST_F(ConsulAcl, ATokenComesInAnyOfThreeWays) {
  const auto ask_with = [&](const char* field, const std::string& value, std::string target) {
    http::Headers fields;
    if (field != nullptr) {
      fields.set(field, value);
    }
    return ask("GET", std::move(target), {}, std::move(fields)).status;
  };
  const std::string path = "/v1/agent/self";
  EXPECT_EQ(ask_with("X-Consul-Token", "secret-of-root", path), 200);
  EXPECT_EQ(ask_with("Authorization", "Bearer secret-of-root", path), 200);
  EXPECT_EQ(ask_with(nullptr, "", path + "?token=secret-of-root"), 200);
  EXPECT_EQ(ask_with(nullptr, "", path + "?t%6fken=secret%2Dof-root"), 200);
  EXPECT_EQ(ask_with("Authorization", "Basic c2VjcmV0", path), 403);
  EXPECT_EQ(ask_with("X-Consul-Token", "secret-of-roo", path), 403);
}

// Every route, by every method it has, with something real in each place of its path.
TEST_F(ConsulAcl, WhoMayNothingSeesNothingAndChangesNothingByAnyRoute) {
  fill();
  const std::uint64_t before = state.view()->index();
  const std::vector<std::pair<std::string_view, std::string>> values{
      {"{service}", "web"},        {"{name}", "web"},      {"{node}", "n1"},
      {"{state}", "any"},          {"{key...}", "shared"}, {"{address}", "10.0.0.2"},
      {"{rest...}", "token/self"}, {"{id}", session}};
  const std::vector<std::string> open{"/v1/status/leader", "/v1/status/peers",
                                      "/v1/catalog/datacenters", "/v1/query",
                                      "/v1/query/token/self"};
  const std::vector<std::pair<std::string_view, std::string>> bodies{
      {"/v1/agent/service/register", R"({"Name":"web","ID":"web-1","Port":1})"},
      {"/v1/agent/check/register", R"({"Name":"c","TTL":"10s"})"},
      {"/v1/agent/check/update/service:web-1", R"({"Status":"critical"})"},
      {"/v1/catalog/register", R"({"Node":"far","Address":"10.0.0.10"})"},
      {"/v1/catalog/deregister", R"({"Node":"far"})"},
      {"/v1/session/create", "{}"},
      {"/v1/txn", R"([{"KV":{"Verb":"set","Key":"shared","Value":"eA=="}}])"}};
  std::size_t walked = 0;
  for (const http::RouteEntry& entry : router.routes()) {
    if (!entry.route.path.starts_with("/v1/")) {
      continue;
    }
    EXPECT_NE(acl_need_of(entry.route), nullptr) << entry.route.path;
    std::string path = entry.route.path;
    if (path.find("/agent/check/") != std::string::npos) {
      path = path.substr(0, path.find('{')) +
             (path.find('{') != std::string::npos ? "service:web-1" : "");
    } else if (path.find("/agent/") != std::string::npos && path.find("{id") != std::string::npos) {
      path = path.substr(0, path.find('{')) + "web-1";
    }
    for (const auto& [name, value] : values) {
      if (const std::size_t at = path.find(name); at != std::string::npos) {
        path.replace(at, name.size(), value);
      }
    }
    std::string body;
    for (const auto& [of, text] : bodies) {
      body = path == of ? text : body;
    }
    ++walked;
    for (const char* query : {"", "?recurse", "?keys", "?enable=true"}) {
      const std::string answer =
          as("nothing", wire::method_name(entry.route.method), path + query, body);
      const bool is_nothing = answer == "403 Permission denied" || answer == "200 []" ||
                              answer == "200 {}" || answer == "200 null" || answer == "404 " ||
                              answer == R"(200 {"Node":null,"Services":[]})";
      EXPECT_TRUE(is_nothing || std::ranges::find(open, path) != open.end())
          << wire::method_name(entry.route.method) << " " << path << query << ": " << answer;
    }
  }
  EXPECT_GT(walked, 60U);
  EXPECT_EQ(state.view()->index(), before);
}

TEST_F(ConsulAcl, ListsLeaveOutWhatTheTokenMayNotSeeAndSaySo) {
  fill();
  EXPECT_EQ(base::write_json(seen_by("web", "/v1/catalog/services")), R"({"web":[]})");
  EXPECT_TRUE(is_filtered());
  EXPECT_EQ(seen_by("web", "/v1/health/service/web").as_array().size(),
            1U);  // not the one on "far"
  EXPECT_TRUE(is_filtered());
  EXPECT_EQ(seen_by("web", "/v1/catalog/service/db").as_array().size(), 0U);
  EXPECT_TRUE(is_filtered());
  EXPECT_EQ(seen_by("web", "/v1/catalog/nodes").as_array().size(), 1U);
  EXPECT_EQ(base::write_json(seen_by("web", "/v1/catalog/node/far")), "null");
  EXPECT_EQ(seen_by("web", "/v1/agent/services").as_object().size(), 1U);
  EXPECT_EQ(seen_by("web", "/v1/event/list").as_array().size(), 1U);
  EXPECT_TRUE(is_filtered());
  EXPECT_EQ(seen_by("web", "/v1/session/list").as_array().size(), 1U);
  EXPECT_FALSE(is_filtered());
  EXPECT_EQ(seen_by("root", "/v1/health/service/web").as_array().size(), 2U);
  EXPECT_FALSE(is_filtered());
  EXPECT_EQ(as("web", "GET", "/v1/agent/service/db-1"), "403 Permission denied");
  EXPECT_EQ(as("web", "GET", "/v1/agent/service/web-1").substr(0, 3), "200");
}

TEST_F(ConsulAcl, KeysAreReadWrittenAndListedByTheirRules) {
  fill();
  EXPECT_EQ(as("web", "GET", "/v1/kv/web/a?raw"), "200 v");
  EXPECT_EQ(as("web", "GET", "/v1/kv/shared?raw"), "200 v");
  EXPECT_EQ(as("web", "GET", "/v1/kv/web/secret/b?raw"), "403 Permission denied");
  EXPECT_EQ(as("web", "GET", "/v1/kv/?keys"), R"(200 ["shared","web/a"])");
  EXPECT_TRUE(is_filtered());
  EXPECT_EQ(seen_by("web", "/v1/kv/?recurse").as_array().size(), 2U);
  EXPECT_EQ(as("web", "GET", "/v1/kv/db/?recurse"), "404 ");
  EXPECT_EQ(as("web", "PUT", "/v1/kv/web/n", "1"), "200 true");
  EXPECT_EQ(as("web", "PUT", "/v1/kv/shared", "1"), "403 Permission denied");
  EXPECT_EQ(as("web", "DELETE", "/v1/kv/shared"), "403 Permission denied");
  EXPECT_EQ(as("web", "DELETE", "/v1/kv/web/?recurse"), "403 Permission denied");
  EXPECT_EQ(as("web", "DELETE", "/v1/kv/web/a?recurse"), "200 true");
  EXPECT_EQ(as("root", "GET", "/v1/kv/?keys"), R"(200 ["db/c","shared","web/n","web/secret/b"])");
  EXPECT_EQ(
      as("web", "PUT", "/v1/txn",
         R"([{"KV":{"Verb":"set","Key":"web/t","Value":"eA=="}},{"KV":{"Verb":"delete","Key":"db/c"}}])"),
      "403 Permission denied");
  act_as("web");
  EXPECT_EQ(say("PUT", "/v1/txn", R"([{"KV":{"Verb":"get-tree","Key":""}}])").find("db/c"),
            std::string::npos);
  EXPECT_EQ(as("root", "GET", "/v1/kv/web/t"), "404 ");
}

TEST_F(ConsulAcl, AServiceIsRegisteredByWhoMayWriteIt) {
  fill();
  EXPECT_EQ(
      as("web", "PUT", "/v1/agent/service/register", R"({"Name":"web","ID":"web-2","Port":1})"),
      "200 ");
  EXPECT_EQ(as("web", "PUT", "/v1/agent/service/register", R"({"Name":"db","ID":"db-2"})"),
            "403 Permission denied");
  // Nor may it take over what is another service's.
  EXPECT_EQ(as("web", "PUT", "/v1/agent/service/register", R"({"Name":"web","ID":"db-1"})"),
            "403 Permission denied");
  EXPECT_EQ(as("web", "PUT", "/v1/agent/check/register",
               R"({"Name":"t","ServiceID":"web-2","TTL":"9s"})"),
            "200 ");
  EXPECT_EQ(
      as("web", "PUT", "/v1/agent/check/register", R"({"Name":"t","ServiceID":"db-1","TTL":"9s"})"),
      "403 Permission denied");
  EXPECT_EQ(as("web", "PUT", "/v1/agent/check/pass/service:web-1"), "200 ");
  EXPECT_EQ(as("web", "PUT", "/v1/agent/check/pass/service:db-1"), "403 Permission denied");
  EXPECT_EQ(as("web", "PUT", "/v1/agent/service/deregister/db-1"), "403 Permission denied");
  EXPECT_EQ(as("web", "PUT", "/v1/agent/service/deregister/web-2"), "200 ");
  EXPECT_EQ(as("web", "PUT", "/v1/agent/maintenance?enable=true"), "403 Permission denied");
}

TEST_F(ConsulAcl, TheCatalogueIsWrittenByWhoMayWriteEachPartOfIt) {
  fill();
  const char* body = R"({"Node":"far","Address":"10.0.0.9","SkipNodeUpdate":true,
                         "Service":{"Service":"web","ID":"w8"}})";
  EXPECT_EQ(as("web", "PUT", "/v1/catalog/register", body), "200 true");
  EXPECT_EQ(as("web", "PUT", "/v1/catalog/register", R"({"Node":"far","Address":"10.0.0.99"})"),
            "403 Permission denied");
  EXPECT_EQ(as("web", "PUT", "/v1/catalog/register",
               R"({"Node":"far","Address":"10.0.0.9","Service":{"Service":"db","ID":"d"}})"),
            "403 Permission denied");
  EXPECT_EQ(as("web", "PUT", "/v1/catalog/deregister", R"({"Node":"far","ServiceID":"w8"})"),
            "200 true");
  EXPECT_EQ(as("web", "PUT", "/v1/catalog/deregister", R"({"Node":"far","CheckID":"far-alive"})"),
            "403 Permission denied");
  EXPECT_EQ(as("root", "PUT", "/v1/catalog/register", R"({"Node":"far","Address":"10.0.0.9"})"),
            "200 true");
}

TEST_F(ConsulAcl, NothingIsKeptForOthers) {
  fill();
  act_as("root");
  http::Request request;
  request.path = "/v1/health/service/web";
  request.headers = token_field();
  http::Context context(loop, std::move(request));
  http::Response response;
  loop.run_until_done(http::ask_into(&dispatcher, &context, &response));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(context.keep_while, nullptr);
  EXPECT_EQ(context.actor.name, "root");
}

}  // namespace
}  // namespace weft::api::consul
