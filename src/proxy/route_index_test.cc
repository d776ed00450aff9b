#include "proxy/route_index.h"

#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

namespace weft::proxy {
namespace {

class RouteIndexTest : public testing::Test {
 protected:
  void add_service(const std::string& name) {
    model::Cluster& cluster = clusters_.emplace_back();
    cluster.number = static_cast<std::uint32_t>(clusters_.size());
    cluster.service = name;
  }

  model::Route& add_route(const std::string& id, const std::string& service) {
    model::Route& route = routes_.emplace_back();
    route.id = id;
    route.destinations.push_back({.service = service});
    return route;
  }

  // "route:service:stripped", "-" when nothing matches.
  std::string match(std::string_view head) {
    const RouteIndex index(model::make_snapshot(clusters_, {routes_.begin(), routes_.end()}));
    const std::string text = std::string(head) + "\r\n\r\n";
    wire::RequestHead parsed;
    EXPECT_TRUE(wire::parse_request_head(text, {}, parsed)) << head;
    const auto found = index.match(parsed);
    if (!found) {
      return "-";
    }
    return (found->route ? found->route->route().id : "") + ":" +
           (found->cluster ? found->cluster->service : "") + ":" +
           std::to_string(found->strip_bytes);
  }

  std::vector<model::Cluster> clusters_;
  std::deque<model::Route> routes_;  // a route that was added stays where it is
};

TEST_F(RouteIndexTest, EveryServiceAnswersUnderItsHostAndPath) {
  add_service("web");
  EXPECT_EQ(match("GET /x HTTP/1.1\r\nHost: web.service.weft"), ":web:0");
  EXPECT_EQ(match("GET /x HTTP/1.1\r\nHost: WEB.service.weft:10005"), ":web:0");
  EXPECT_EQ(match("GET /svc/web/x HTTP/1.1\r\nHost: a"), ":web:8");
  EXPECT_EQ(match("GET /svc/web HTTP/1.1\r\nHost: a"), ":web:8");
  EXPECT_EQ(match("GET /svc/webx/ HTTP/1.1\r\nHost: a"), "-");
  EXPECT_EQ(match("GET / HTTP/1.1\r\nHost: other.service.weft"), "-");
}

TEST_F(RouteIndexTest, AnExplicitRouteWinsOverAServicesOwnName) {
  add_service("web");
  add_service("new");
  add_route("r", "new").path = "/svc/web/";
  EXPECT_EQ(match("GET /svc/web/x HTTP/1.1\r\nHost: a"), "r:new:0");
}

TEST_F(RouteIndexTest, TheFirstRouteInOrderWinsWhateverItsShape) {
  add_service("a");
  add_service("b");
  add_service("c");
  model::Route& prefix = add_route("prefix", "a");
  prefix.path = "/api";
  prefix.priority = 1;
  model::Route& exact = add_route("exact", "b");
  exact.path = "/api/x";
  exact.path_match = model::PathMatch::kExact;
  model::Route& regex = add_route("regex", "c");
  regex.path = "/r[0-9]+";
  regex.path_match = model::PathMatch::kRegex;
  EXPECT_EQ(match("GET /api/x HTTP/1.1\r\nHost: h"), "prefix:a:0");
  EXPECT_EQ(match("GET /r12/y HTTP/1.1\r\nHost: h"), "regex:c:0");
  EXPECT_EQ(match("GET /x/r12 HTTP/1.1\r\nHost: h"), "-") << "anchored at the start";
  prefix.priority = 1000;
  EXPECT_EQ(match("GET /api/x HTTP/1.1\r\nHost: h"), "exact:b:0");
  EXPECT_EQ(match("GET /api/xy HTTP/1.1\r\nHost: h"), "prefix:a:0");
}

TEST_F(RouteIndexTest, HostsMatchExactlyOrBelowAWildcard) {
  add_service("a");
  add_route("wild", "a").hosts = {"*.shop.example"};
  add_route("exact", "a").hosts = {"Shop.Example"};
  EXPECT_EQ(match("GET / HTTP/1.1\r\nHost: shop.example"), "exact:a:0");
  EXPECT_EQ(match("GET / HTTP/1.1\r\nHost: x.y.shop.example:80"), "wild:a:0");
  EXPECT_EQ(match("GET / HTTP/1.1\r\nHost: notshop.example"), "-");
}

TEST_F(RouteIndexTest, MethodsAndHeadersNarrowARoute) {
  add_service("a");
  add_service("b");
  model::Route& narrow = add_route("narrow", "a");
  narrow.methods = {"POST"};
  narrow.headers = {{"x-canary", "1"}, {"X-Any", std::nullopt}};
  add_route("rest", "b");
  EXPECT_EQ(match("POST / HTTP/1.1\r\nHost: h\r\nX-Canary: 1\r\nx-any: z"), "narrow:a:0");
  EXPECT_EQ(match("POST / HTTP/1.1\r\nHost: h\r\nX-Canary: 2\r\nx-any: z"), "rest:b:0");
  EXPECT_EQ(match("GET / HTTP/1.1\r\nHost: h\r\nX-Canary: 1\r\nx-any: z"), "rest:b:0");
}

TEST_F(RouteIndexTest, ARouteWithSeveralDestinationsLeavesTheChoiceToTheLoop) {
  add_service("a");
  model::Route& route = add_route("split", "a");
  route.destinations.push_back({.service = "b", .weight = 10});
  EXPECT_EQ(match("GET / HTTP/1.1\r\nHost: h"), "split::0");
}

// The path is judged as it is sent on, byte by byte: what a backend makes of another spelling is
// decided by the route of that spelling. Envoy CVE-2019-9901, CVE-2021-29492, CVE-2021-32779;
// Traefik CVE-2025-32431, CVE-2025-66490; Caddy CVE-2026-27587, CVE-2026-27588; Consul
// CVE-2024-10005, CVE-2024-10006.
TEST_F(RouteIndexTest, TheRouteIsThatOfThePathAsItIsSentWhateverItsSpelling) {
  add_service("inner");
  add_service("rest");
  add_route("inner", "inner").path = "/admin";
  add_route("rest", "rest");
  for (const std::string_view path :
       {"/admin", "/admin/", "/admin/../x", "/admin%2Fx", "/admin;x", "/admin?/x"}) {
    EXPECT_EQ(match("GET " + std::string(path) + " HTTP/1.1\r\nHost: h"), "inner:inner:0") << path;
  }
  for (const std::string_view path :
       {"/%61dmin", "/x/../admin", "//admin", "/./admin", "/ADMIN", "/%2fadmin", "/x%2F..%2Fadmin",
        "/%5Cadmin", "/;/admin", "/?/admin", "/%00/admin"}) {
    EXPECT_EQ(match("GET " + std::string(path) + " HTTP/1.1\r\nHost: h"), "rest:rest:0") << path;
  }
}

// Caddy CVE-2026-27588: beyond a number of hosts letter case began to matter.
TEST_F(RouteIndexTest, TheLastOfVeryManyHostsIsMatchedAsTheFirst) {
  add_service("a");
  model::Route& route = add_route("r", "a");
  for (std::size_t i = 0; i < model::kRouteHostsMax; ++i) {
    route.hosts.push_back("Host-" + std::to_string(i) + ".example");
  }
  EXPECT_EQ(match("GET / HTTP/1.1\r\nHost: HOST-0.example"), "r:a:0");
  EXPECT_EQ(match("GET / HTTP/1.1\r\nHost: hOST-255.EXAMPLE:80"), "r:a:0");
  EXPECT_EQ(match("GET / HTTP/1.1\r\nHost: host-256.example"), "-");
}

TEST_F(RouteIndexTest, AStrippedPrefixIsCountedInBytes) {
  add_service("a");
  model::Route& route = add_route("r", "a");
  route.path = "/api/v1";
  route.strip_prefix = true;
  EXPECT_EQ(match("GET /api/v1/x HTTP/1.1\r\nHost: h"), "r:a:7");
}

}  // namespace
}  // namespace weft::proxy
