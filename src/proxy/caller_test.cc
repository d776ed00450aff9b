#include "proxy/caller.h"

#include "proxy/gateway_fixture_for_test.h"

#include <gmock/gmock.h>

#include <array>
#include <expected>

namespace weft::proxy {
namespace {

using testing::AnyOf;
using testing::UnorderedElementsAre;

using CallResult = std::expected<CallAnswer, CallFailure>;

// Calls "web", whose instances are 127.0.0.1:9001, 9002 ...
class CallerTest : public testing::Test {
 public:
  ~CallerTest() override {
    bool stopped = false;
    io::TaskScope scope;
    scope.spawn("stop", stop_all(this, &stopped));
    EXPECT_TRUE(world.run_until([&] { return stopped; }, 600s));
  }

  FakeBackend& add_backend(FakeBackend::Script script) {
    const auto port = static_cast<std::uint16_t>(9001 + backends.size());
    backends.push_back(std::make_unique<FakeBackend>(outside, port, std::move(script)));
    return *backends.back();
  }

  void start(const std::vector<std::uint16_t>& ports, model::ClusterSettings settings = {}) {
    WorkerSinks sinks;
    sinks.meters = &meters;
    caller = std::make_unique<Caller>(loop, nullptr, 7, std::move(sinks));
    caller->adopt(index_of_web(ports, std::move(settings)));
  }

  static CallRequest request_for_web(std::uint32_t retries) {
    CallRequest request;
    request.service = "web";
    request.retries = retries;
    return request;
  }

  static io::Task<void> ask(CallerTest* test, CallRequest request, CallResult* out) {
    *out = co_await test->caller->call(std::move(request));
  }

  // The results of so many calls at once.
  template <std::size_t kCalls>
  std::array<CallResult, kCalls> call(const CallRequest& request) {
    std::array<CallResult, kCalls> results;
    io::TaskScope scope;
    for (auto& result : results) {
      scope.spawn("call", ask(this, request, &result));
    }
    EXPECT_TRUE(world.run_until([&] { return scope.size() == 0; }, 600s));
    return results;
  }

  static io::Task<void> stop_all(CallerTest* test, bool* stopped) {
    for (const auto& backend : test->backends) {
      co_await backend->stop();
    }
    *stopped = true;
  }

  base::MeterRegistry meters;
  io::SimWorld world{1};
  io::Loop& loop = world.add_loop("control");
  io::Loop& outside = world.add_loop("outside");
  std::vector<std::unique_ptr<FakeBackend>> backends;
  std::unique_ptr<Caller> caller;
};

constexpr std::string_view kBusy = "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n";

TEST_F(CallerTest, WhoeverDoesNotListenIsReplacedAtOnce) {
  add_backend([](const std::string&) { return answer_with("ok"); });
  start({9001, 9002});
  std::vector<std::uint32_t> attempts;
  for (int i = 0; i < 2; ++i) {
    const auto [result] = call<1>(request_for_web(3));
    ASSERT_TRUE(result.has_value());
    EXPECT_EQ(result->instance, "web-9001");
    attempts.push_back(result->attempts);
  }
  EXPECT_THAT(attempts, UnorderedElementsAre(1, 2));
}

TEST_F(CallerTest, TriesAgainAsOftenAsItWasAsked) {
  const FakeBackend& backend = add_backend([](const std::string&) { return std::string(kBusy); });
  start({9001});
  const auto [result] = call<1>(request_for_web(3));
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->response.status, 503);
  EXPECT_EQ(result->attempts, 4U);
  EXPECT_EQ(backend.requests.size(), 4U);
}

TEST_F(CallerTest, ARetryThatTheBudgetDoesNotPayForIsLeft) {
  const FakeBackend& backend = add_backend([](const std::string&) { return std::string(kBusy); });
  model::ClusterSettings settings;
  settings.retry.budget_ratio = 0;
  settings.retry.budget_floor_per_second = 0;
  start({9001}, settings);
  const auto [result] = call<1>(request_for_web(3));
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->response.status, 503);
  EXPECT_EQ(result->attempts, 1U);
  EXPECT_EQ(backend.requests.size(), 1U);
}

TEST_F(CallerTest, CallsBeyondTheConnectionsOfAnInstanceWaitAndBeyondThoseFail) {
  add_backend([](const std::string&) { return answer_with("late"); });
  world.network().link({base::IpAddress::loopback(), 9001, {}}).latency = 200ms;
  model::ClusterSettings settings;
  settings.limits = {.connections_max = 1, .pending_max = 1};
  start({9001}, settings);
  std::size_t answered = 0;
  for (const auto& result : call<3>(request_for_web(0))) {
    answered += result.has_value() ? 1 : 0;
    EXPECT_TRUE(result.has_value() || result.error().error.code == base::Code::kOverloaded);
  }
  EXPECT_EQ(answered, 2U);
  EXPECT_EQ(times_reached(meters, "backend_connections"), 2U);
  EXPECT_EQ(times_reached(meters, "backend_pending"), 1U);
}

TEST_F(CallerTest, WhoWaitsForAConnectionWaitsNoLongerThanTheAttempt) {
  add_backend([](const std::string&) { return std::string(FakeBackend::kHang); });
  model::ClusterSettings settings;
  settings.limits = {.connections_max = 1, .pending_max = 1};
  start({9001}, settings);
  CallRequest request = request_for_web(0);
  request.timeout = 2s;
  const base::MonoTime began = loop.now();
  for (const auto& result : call<2>(request)) {
    ASSERT_FALSE(result.has_value());
    EXPECT_THAT(result.error().error.code, AnyOf(base::Code::kTimeout, base::Code::kOverloaded));
  }
  EXPECT_LE(loop.now() - began, 3s);
}

}  // namespace
}  // namespace weft::proxy
