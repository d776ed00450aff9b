#include "http/host_check.h"

#include "http/dispatch_for_test.h"

#include <gtest/gtest.h>

namespace weft::http {
namespace {

io::Task<Response> say_ok(Context& /*context*/) { co_return text_response("ok"); }

base::SocketAddress bound_to(std::string_view address) {
  return *base::parse_socket_address(address);
}

class HostCheckTest : public testing::Test, protected DispatchForTest {
 protected:
  void guard(HostCheckOptions options) {
    router.add(style_, raw_route("GET", "/x", {}, &say_ok));
    router.add(style_, raw_route("POST", "/x", {}, &say_ok));
    dispatcher.add_gate(HostCheck(std::move(options)));
  }
  Response send(std::string_view method, std::string authority, Headers headers = {}) {
    Request request;
    request.method = wire::parse_method(method);
    request.path = "/x";
    request.authority = std::move(authority);
    request.listener = bound_to("127.0.0.1:80");
    request.headers = std::move(headers);
    return ask(std::move(request));
  }

  DetailStyle style_;
};

TEST(HostCheck, KnowsItsNamesAndAddresses) {
  const HostCheck check({.names = {"mesh.example.org", "*.corp"}});
  const auto loopback = bound_to("127.0.0.1:8000");
  for (const char* own :
       {"localhost", "LOCALHOST:8000", "localhost.", "127.0.0.1:8000", "127.0.0.1:1", "[::1]:8000",
        "127.3.2.1", "Mesh.Example.org", "a.corp", "a.b.corp:1"}) {
    EXPECT_TRUE(check.is_own_host(own, loopback)) << own;
  }
  for (const char* foreign : {"evil.example", "10.0.0.1", "localhost.evil.example", "corp",
                              "127.0.0.1.evil.example", "xcorp", "[::2]", "127.1"}) {
    EXPECT_FALSE(check.is_own_host(foreign, loopback)) << foreign;
  }
}

TEST(HostCheck, TakesTheLiteralItIsBoundToAndAnyOnAllAddresses) {
  const HostCheck check({});
  EXPECT_TRUE(check.is_own_host("10.0.0.1", bound_to("10.0.0.1:80")));
  EXPECT_FALSE(check.is_own_host("10.0.0.2", bound_to("10.0.0.1:80")));
  EXPECT_TRUE(check.is_own_host("10.0.0.2:80", bound_to("0.0.0.0:80")));
  EXPECT_FALSE(check.is_own_host("evil.example", bound_to("0.0.0.0:80")));
}

TEST_F(HostCheckTest, RefusesAnUnknownHostBeforeAnythingElse) {
  guard({});
  EXPECT_EQ(send("GET", "evil.example").status, 421);
  EXPECT_EQ(send("DELETE", "evil.example").status, 421);
  EXPECT_EQ(send("GET", "localhost:8000").status, 200);
  EXPECT_EQ(send("GET", "").status, 200);
}

TEST_F(HostCheckTest, RefusesAChangeFromAForeignPage) {
  guard({});
  EXPECT_EQ(send("POST", "localhost:8000", {{"Origin", "http://evil.example"}}).status, 403);
  EXPECT_EQ(send("POST", "localhost:8000", {{"Origin", "null"}}).status, 403);
  EXPECT_EQ(send("POST", "localhost:8000", {{"Origin", "http://localhost:9"}}).status, 403);
  EXPECT_EQ(send("POST", "localhost:8000", {{"Origin", "http://localhost:8000"}}).status, 200);
  EXPECT_EQ(send("POST", "localhost:8000").status, 200);
}

TEST(HostCheck, ComparesSchemeHostAndPortOfAnOrigin) {
  const HostCheck check({});
  for (const auto& [origin, authority] :
       std::vector<std::pair<const char*, const char*>>{{"http://mesh:8000", "mesh:8000"},
                                                        {"HTTP://Mesh:8000", "mesh.:8000"},
                                                        {"http://mesh", "mesh:80"},
                                                        {"http://localhost:8000", "127.0.0.1:8000"},
                                                        {"http://127.0.0.1:8000", "localhost:8000"},
                                                        {"http://[::1]:8000", "localhost:8000"},
                                                        {"http://localhost", "[::1]"}}) {
    EXPECT_TRUE(check.is_allowed_origin(origin, authority)) << origin << " " << authority;
  }
  for (const auto& [origin, authority] : std::vector<std::pair<const char*, const char*>>{
           {"https://127.0.0.1:8000", "127.0.0.1:8000"},
           {"https://mesh", "mesh:80"},
           {"http://mesh:8001", "mesh:8000"},
           {"http://localhost:8001", "127.0.0.1:8000"},
           {"http://127.0.0.2:8000", "127.0.0.1:8000"},
           {"http://localhost:8000", "mesh:8000"},
           {"http://", "mesh:80"},
           {"mesh:8000", "mesh:8000"},
           {"null", "null"}}) {
    EXPECT_FALSE(check.is_allowed_origin(origin, authority)) << origin << " " << authority;
  }
}

TEST_F(HostCheckTest, SaysWhichSettingLetsSomebodyIn) {
  guard({});
  EXPECT_NE(send("GET", "mesh").body_text().find("security.hosts"), std::string::npos);
  const Response foreign = send("POST", "localhost", {{"Origin", "http://evil.example"}});
  EXPECT_NE(foreign.body_text().find("security.cors_origins"), std::string::npos);
}

TEST_F(HostCheckTest, ReadsAreFreeButUpgradesAreNot) {
  guard({});
  const Response read = send("GET", "localhost", {{"Origin", "http://evil.example"}});
  EXPECT_EQ(read.status, 200);
  EXPECT_FALSE(read.headers.has("Access-Control-Allow-Origin"));
  EXPECT_EQ(send("GET", "localhost", {{"Origin", "http://evil.example"}, {"Upgrade", "websocket"}})
                .status,
            403);
}

TEST_F(HostCheckTest, SharesWithListedOriginsOnly) {
  guard({.cors_origins = {"https://ui.example"}});
  const Response preflight = send("OPTIONS", "localhost",
                                  {{"Origin", "https://ui.example"},
                                   {"Access-Control-Request-Method", "PUT"},
                                   {"Access-Control-Request-Headers", "x-a"}});
  EXPECT_EQ(preflight.status, 200);
  EXPECT_EQ(preflight.headers.value("Access-Control-Allow-Methods"), "PUT");
  EXPECT_EQ(preflight.headers.value("Access-Control-Allow-Headers"), "x-a");
  EXPECT_EQ(preflight.headers.value("Access-Control-Allow-Origin"), "https://ui.example");
  EXPECT_EQ(preflight.headers.value("Access-Control-Allow-Credentials"), "true");
  EXPECT_EQ(send("POST", "localhost", {{"Origin", "https://ui.example"}}).status, 200);
  EXPECT_EQ(send("POST", "localhost", {{"Origin", "https://other.example"}}).status, 403);
}

TEST_F(HostCheckTest, NeverGivesCredentialsToEverybody) {
  guard({.cors_origins = {"*"}});
  const Response response = send("GET", "localhost", {{"Origin", "https://any.example"}});
  EXPECT_EQ(response.headers.value("Access-Control-Allow-Origin"), "*");
  EXPECT_FALSE(response.headers.has("Access-Control-Allow-Credentials"));
}

}  // namespace
}  // namespace weft::http
