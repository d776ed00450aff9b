// Limits of requests, connections and retries, the whole way.
#include "proxy/gateway_fixture_for_test.h"

#include <algorithm>

namespace weft::proxy {
namespace {

class LimitsOnTheWayTest : public GatewayTest {
 protected:
  // Those that hang are over when their time is.
  void TearDown() override {
    EXPECT_TRUE(world.run_until(
        [this] {
          return std::ranges::all_of(hanging_, [](const auto& talk) { return talk->done; });
        },
        600s));
  }
  // Begins a request that its backend never answers.
  void begin_hanging() {
    hanging_.push_back(std::make_unique<Talk>(
        Talk{.request = "GET /hang HTTP/1.1\r\nHost: web\r\n\r\n", .patience = 500s}));
    scope_.spawn("client", converse(&outside, hanging_.back().get()));
    const std::size_t asked = requests_of_all() + 1;
    ASSERT_TRUE(world.run_until([&] { return requests_of_all() == asked; }, 5s));
  }
  std::size_t requests_of_all() const {
    std::size_t count = 0;
    for (const auto& backend : backends) {
      count += backend->requests.size();
    }
    return count;
  }
  std::string ask(std::string_view path = "/") {
    return talk("GET " + std::string(path) + " HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n",
                "", 20s);
  }
  static std::string answer_or_hang(const std::string& request) {
    return contains(request, "/hang") ? FakeBackend::kHang : answer_with("ok");
  }

  std::vector<std::unique_ptr<Talk>> hanging_;
  io::TaskScope scope_;
};

TEST_F(LimitsOnTheWayTest, AFullInstanceIsPassedOverAndAFullServiceRefusesWithRetryAfter) {
  add_backend(answer_or_hang);
  add_backend(answer_or_hang);
  model::ClusterSettings settings;
  settings.limits.requests_max = 1;
  start({9001, 9002}, settings);
  begin_hanging();
  EXPECT_TRUE(ask().ends_with("ok"));
  EXPECT_EQ(reached("backend_requests"), 0U);
  begin_hanging();
  const std::string refused = ask();
  EXPECT_TRUE(refused.starts_with("HTTP/1.1 503 ")) << refused;
  EXPECT_TRUE(contains(refused, "Retry-After: 1\r\n"));
  EXPECT_TRUE(contains(refused, "\"reason\":\"overloaded\""));
  EXPECT_EQ(reached("backend_requests"), 1U);
}

TEST_F(LimitsOnTheWayTest, TheRequestsOfAServiceAreLimitedOverAllItsInstances) {
  add_backend(answer_or_hang);
  add_backend(answer_or_hang);
  model::ClusterSettings settings;
  settings.limits.cluster_requests_max = 2;
  start({9001, 9002}, settings);
  begin_hanging();
  EXPECT_TRUE(ask().ends_with("ok"));
  begin_hanging();
  EXPECT_TRUE(ask().starts_with("HTTP/1.1 503 "));
  EXPECT_EQ(reached("cluster_requests"), 1U);
}

TEST_F(LimitsOnTheWayTest, WhoWaitsForAConnectionOfTheServiceGetsTheOneThatAnotherInstanceFrees) {
  int slow_answers = 0;
  add_backend([&](const std::string&) {
    ++slow_answers;
    return answer_with("one");
  });
  add_backend(answer_or_hang);
  model::ClusterSettings settings;
  settings.limits.cluster_connections_max = 1;
  settings.limits.cluster_pending_max = 1;
  settings.balancing = model::Balancing::kRoundRobin;
  settings.timeouts.request = 3s;
  settings.retry.retries = 0;
  start({9002, 9001}, settings);
  begin_hanging();  // at 9002, until its time of 3 s is over
  Talk waiting{.request = "GET / HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n"};
  scope_.spawn("client", converse(&outside, &waiting));
  ASSERT_TRUE(world.run_until([&] { return reached("cluster_connections") == 1; }, 1s));
  EXPECT_TRUE(ask().starts_with("HTTP/1.1 503 ")) << "one may wait";
  EXPECT_EQ(reached("cluster_pending"), 1U);
  ASSERT_TRUE(world.run_until([&] { return waiting.done; }, 10s));
  EXPECT_TRUE(waiting.answer.ends_with("one")) << waiting.answer;
  EXPECT_EQ(slow_answers, 1);
}

TEST_F(LimitsOnTheWayTest, AConnectionIsClosedWhenItHasCarriedAsManyRequestsAsItMay) {
  add_backend(answer_or_hang);
  model::ClusterSettings settings;
  settings.limits.requests_per_connection_max = 3;
  start({9001}, settings);
  for (int i = 0; i < 7; ++i) {
    EXPECT_TRUE(ask().ends_with("ok"));
  }
  EXPECT_EQ(backends[0]->connections, 3U) << "3, 3 and 1";
  EXPECT_EQ(reached("connection_requests"), 2U);
}

TEST_F(LimitsOnTheWayTest, ALoopTakesNoMoreRequestsThanItMay) {
  options.shedder.requests_max = 2;
  add_backend(answer_or_hang);
  start({9001});
  begin_hanging();
  EXPECT_TRUE(ask().ends_with("ok"));
  begin_hanging();
  const std::string refused = ask();
  EXPECT_TRUE(refused.starts_with("HTTP/1.1 503 ")) << refused;
  EXPECT_TRUE(contains(refused, "Retry-After: 1\r\n"));
  EXPECT_TRUE(contains(refused, "\"reason\":\"gateway_overloaded\""));
  EXPECT_EQ(reached("loop_requests"), 1U);
}

TEST_F(LimitsOnTheWayTest, TheStatusesThatAreWorthARetryAreASetting) {
  add_backend([](const std::string&) { return "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"; });
  add_backend(answer_or_hang);
  model::ClusterSettings settings;
  settings.balancing = model::Balancing::kRoundRobin;
  start({9001, 9002}, settings);
  EXPECT_TRUE(ask().starts_with("HTTP/1.1 500 ")) << "not by default";
  settings.retry.on_statuses = {500};
  publish({9001, 9002}, settings);
  EXPECT_TRUE(ask().ends_with("ok"));
  EXPECT_TRUE(ask().ends_with("ok")) << "whoever's turn it is";
  settings.retry.on_statuses = {};
  publish({9001, 9002}, settings);
  EXPECT_TRUE(ask().starts_with("HTTP/1.1 500 "));
}

TEST_F(LimitsOnTheWayTest, ThePauseBeforeASecondTryIsASetting) {
  model::ClusterSettings settings;
  settings.retry.retries = 1;
  settings.retry.backoff_base = settings.retry.backoff_max = 4s;
  start({9001}, settings);  // nobody listens there
  const base::MonoTime before = outside.now();
  EXPECT_TRUE(ask().starts_with("HTTP/1.1 502 "));
  EXPECT_GE(outside.now() - before, 2s);
  EXPECT_LE(outside.now() - before, 5s);
}

}  // namespace
}  // namespace weft::proxy
