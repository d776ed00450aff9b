#include "proxy/policies/mirror.h"

#include "proxy/gateway_fixture_for_test.h"

namespace weft::proxy {
namespace {

// Everything goes to 9001, and a copy of it to 9002.
class MirrorTest : public GatewayTest {
 protected:
  void start_mirrored() {
    start({9001});
    std::vector<model::Cluster> clusters;
    for (const std::uint16_t port : {std::uint16_t{9001}, std::uint16_t{9002}}) {
      model::Cluster cluster;
      cluster.number = port;
      cluster.service = port == 9001 ? "web" : "shadow";
      model::Endpoint endpoint;
      endpoint.number = port;
      endpoint.instance = cluster.service;
      endpoint.address = "127.0.0.1";
      endpoint.port = port;
      cluster.endpoints.push_back(std::move(endpoint));
      clusters.push_back(std::move(cluster));
    }
    model::Route route;
    route.id = "all";
    route.destinations.push_back({.service = "web"});
    route.policies.emplace().mirror = model::Mirror{.service = "shadow"};
    worker->adopt(std::make_shared<RouteIndex>(
        model::make_snapshot(std::move(clusters), {std::move(route)})));
  }

  void ask(int times) {
    for (int i = 0; i < times; ++i) {
      EXPECT_TRUE(
          talk("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "").ends_with("ok"));
    }
  }
};

TEST_F(MirrorTest, CopiesBeyondTheLimitAreNotMadeAndCounted) {
  options.mirrored_max = 2;
  add_backend([](const std::string&) { return answer_with("ok"); });
  FakeBackend& shadow =
      add_backend([](const std::string&) { return std::string(FakeBackend::kHang); });
  start_mirrored();
  ask(5);
  EXPECT_EQ(shadow.requests.size(), 2U);
  EXPECT_EQ(reached("mirrored_requests"), 3U);
}

TEST_F(MirrorTest, ConnectionsToTheShadowAreKept) {
  add_backend([](const std::string&) { return answer_with("ok"); });
  FakeBackend& shadow = add_backend([](const std::string& request) {
    return contains(request, "HEAD") ? answer_with("") : answer_with(std::string(100'000, 'x'));
  });
  start_mirrored();
  ask(1);
  EXPECT_TRUE(world.run_until([&] { return worker->mirrors().sent_total() == 1; }, 1s));
  ask(1);
  EXPECT_TRUE(world.run_until([&] { return worker->mirrors().sent_total() == 2; }, 1s));
  EXPECT_EQ(shadow.requests.size(), 2U);
  EXPECT_EQ(shadow.connections, 1U);
}

TEST_F(MirrorTest, AShadowThatBreaksTheProtocolHurtsNobody) {
  add_backend([](const std::string&) { return answer_with("ok"); });
  FakeBackend& shadow =
      add_backend([](const std::string&) { return std::string("nonsense\r\n\r\n"); });
  start_mirrored();
  ask(3);
  world.run_until([&] { return shadow.requests.size() == 3; }, 1s);
  EXPECT_EQ(shadow.requests.size(), 3U);
  EXPECT_EQ(worker->mirrors().sent_total(), 0U);
}

TEST_F(MirrorTest, ALoopThatStopsEndsItsCopies) {
  add_backend([](const std::string&) { return answer_with("ok"); });
  FakeBackend& shadow =
      add_backend([](const std::string&) { return std::string(FakeBackend::kHang); });
  start_mirrored();
  ask(1);
  EXPECT_TRUE(world.run_until([&] { return shadow.requests.size() == 1; }, 1s));
  // The fixture stops the worker and asserts that no buffer is left in use.
}

}  // namespace
}  // namespace weft::proxy
