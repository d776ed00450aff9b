// What a drained instance gets, and what a loop says of it.
#include "proxy/endpoint_report.h"
#include "proxy/gateway_fixture_for_test.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

namespace weft::proxy {
namespace {

constexpr std::string_view kLastGet = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

class DrainedInstance : public GatewayTest {
 protected:
  // web on 9001, drained, and on these ports.
  void publish_with_first_drained(const std::vector<std::uint16_t>& others,
                                  model::Health health = model::Health::kPassing,
                                  model::ClusterSettings settings = {}) {
    const auto whole = index_of_web({9001}, std::move(settings), model::Health::kMaintenance);
    model::Cluster cluster = *whole->cluster("web");
    const auto rest = index_of_web(others, {}, health);
    for (const auto& endpoint : rest->cluster("web")->endpoints) {
      cluster.endpoints.push_back(endpoint);
    }
    model::Route route;
    route.id = "all";
    route.destinations.push_back({.service = "web"});
    auto snapshot = model::make_snapshot({std::move(cluster)}, {std::move(route)});
    snapshot->index = 77;
    worker->adopt(std::make_shared<RouteIndex>(std::move(snapshot)));
  }
  EndpointReport report_of(std::uint32_t instance) {
    const std::array asked{EndpointRef{1, instance}};
    const EndpointReports reports = worker->report(asked);
    EXPECT_EQ(reports.endpoints.size(), 1U);
    return reports.endpoints.empty() ? EndpointReport{} : reports.endpoints.front();
  }
  std::size_t ask_times(int times) {
    std::size_t good = 0;
    for (int i = 0; i < times; ++i) {
      good += talk(std::string(kLastGet), "").starts_with("HTTP/1.1 200 OK\r\n") ? 1U : 0U;
    }
    return good;
  }
};

TEST_F(DrainedInstance, GetsNoNewRequestsWhateverTheStrategy) {
  using model::Balancing;
  FakeBackend& first = add_backend([](const std::string&) { return answer_with("one"); });
  add_backend([](const std::string&) { return answer_with("two"); });
  start({9001, 9002});
  for (const Balancing balancing :
       {Balancing::kPeakEwma, Balancing::kRoundRobin, Balancing::kWeighted,
        Balancing::kLeastConnections, Balancing::kWeightedLeastConnections, Balancing::kRandom,
        Balancing::kIpHash, Balancing::kMaglev, Balancing::kRingHash}) {
    publish_with_first_drained({9002}, model::Health::kPassing,
                               {.service = "web", .balancing = balancing});
    EXPECT_EQ(ask_times(8), 8U);
  }
  EXPECT_TRUE(first.requests.empty());
}

// In panic even instances that fail their checks are called; this one must not be.
TEST_F(DrainedInstance, GetsNoneInPanicEither) {
  FakeBackend& first = add_backend([](const std::string&) { return answer_with("one"); });
  add_backend([](const std::string&) { return answer_with("two"); });
  model::ClusterSettings settings{.service = "web"};
  settings.outlier.panic_ratio = 1;
  start({9001, 9002}, settings);
  publish_with_first_drained({9002}, model::Health::kCritical, settings);
  EXPECT_EQ(ask_times(8), 8U);
  EXPECT_TRUE(first.requests.empty());
}

TEST_F(DrainedInstance, IsRefusedAsUnhealthyWhenItIsTheOnlyOne) {
  FakeBackend& first = add_backend([](const std::string&) { return answer_with("one"); });
  start({9001});
  publish_with_first_drained({});
  EXPECT_TRUE(talk(std::string(kLastGet), "").starts_with("HTTP/1.1 503 "));
  EXPECT_TRUE(first.requests.empty());
}

TEST_F(DrainedInstance, TheCookieOfAnAffinityLeadsElsewhere) {
  FakeBackend& first = add_backend([](const std::string&) { return answer_with("one"); });
  add_backend([](const std::string&) { return answer_with("two"); });
  model::ClusterSettings settings{.service = "web"};
  settings.affinity.cookie = "mesh";
  start({9001}, settings);
  const std::string answer = talk(std::string(kLastGet), "");
  const std::size_t at = answer.find("mesh=");
  ASSERT_NE(at, std::string::npos) << answer;
  const std::string cookie = answer.substr(at, 5 + 16);
  publish_with_first_drained({9002}, model::Health::kPassing, settings);
  const std::string moved =
      talk("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nCookie: " + cookie + "\r\n\r\n", "");
  EXPECT_TRUE(moved.ends_with("two")) << moved;
  EXPECT_TRUE(contains(moved, "mesh=")) << "it gets a new one: " << moved;
  EXPECT_EQ(first.requests.size(), 1U);
}

TEST_F(DrainedInstance, ARequestUnderWayEndsAndIsCountedUntilThen) {
  bool asked = false;
  add_backend([&](const std::string&) {
    asked = true;
    return answer_with("late");
  });
  world.network().link({base::IpAddress::loopback(), 9001, {}}).latency = 200ms;
  start({9001});
  Talk running{.request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n", .until = "late"};
  io::TaskScope scope;
  scope.spawn("running", converse(&outside, &running));
  EXPECT_TRUE(world.run_until([&] { return asked; }, 10s));
  publish_with_first_drained({});
  EXPECT_EQ(worker->report({}).index, 77U);
  EXPECT_EQ(report_of(9001).active, 1U);
  EXPECT_TRUE(world.run_until([&] { return running.done; }, 10s));
  EXPECT_TRUE(running.answer.ends_with("late"));
  EXPECT_EQ(report_of(9001).active, 0U);
  EXPECT_EQ(report_of(9001).attempts_total, 1U);
  EXPECT_EQ(report_of(9001).idle_connections, 0U) << "nobody needs its connection any more";
}

TEST_F(DrainedInstance, AnUpgradedConnectionIsCountedWhileItLasts) {
  bool upgraded = false;
  add_backend([&](const std::string& request) {
    upgraded = contains(request, "Upgrade: echo");
    return upgraded ? "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: "
                      "echo\r\n\r\n"
                    : std::string();
  });
  start({9001});
  Talk tunnel{
      .request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n",
      .until = "never",
      .patience = 20s};
  io::TaskScope scope;
  scope.spawn("tunnel", converse(&outside, &tunnel));
  EXPECT_TRUE(world.run_until([&] { return contains(tunnel.answer, "101 "); }, 10s));
  publish_with_first_drained({});
  const base::MonoTime drained_at = world.now();
  EXPECT_TRUE(world.run_until([&] { return world.now() - drained_at > 3s; }, 10s));
  EXPECT_EQ(report_of(9001).active, 1U) << "the tunnel goes on";
  EXPECT_TRUE(world.run_until([&] { return tunnel.done && report_of(9001).active == 0; }, 60s));
}

TEST_F(DrainedInstance, ClosesItsIdleConnections) {
  add_backend([](const std::string&) { return answer_with("one"); });
  start({9001});
  EXPECT_EQ(ask_times(1), 1U);
  EXPECT_EQ(report_of(9001).idle_connections, 1U);
  publish_with_first_drained({});
  EXPECT_EQ(report_of(9001).idle_connections, 0U);
}

TEST_F(DrainedInstance, ALoopSaysNothingOfWhatItHasNeverCalled) {
  start({9001});
  const std::array asked{EndpointRef{1, 9001}, EndpointRef{2, 1}};
  EXPECT_TRUE(worker->report(asked).endpoints.empty());
}

}  // namespace
}  // namespace weft::proxy
