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

// Calls "web", whose instances are 127.0.0.1:9001, 9002 ...; no gateway runs.
class CallerTest : public GatewayTest {
 public:
  void start_caller(const std::vector<std::uint16_t>& ports, model::ClusterSettings settings = {}) {
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

  // The attempts of a call with three retries to an instance that is always busy.
  std::uint32_t attempts_when_busy(model::ClusterSettings settings) {
    const FakeBackend& backend = add_backend([](const std::string&) {
      return std::string("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
    });
    start_caller({9001}, std::move(settings));
    const auto [result] = call<1>(request_for_web(3));
    EXPECT_TRUE(result.has_value());
    EXPECT_EQ(result->response.status, 503);
    EXPECT_EQ(backend.requests.size(), result->attempts);
    return result->attempts;
  }

  std::unique_ptr<Caller> caller;
};

TEST_F(CallerTest, WhoeverDoesNotListenIsReplacedAtOnce) {
  add_backend([](const std::string&) { return answer_with("ok"); });
  start_caller({9001, 9002});
  std::vector<std::uint32_t> attempts;
  for (int i = 0; i < 2; ++i) {
    const auto [result] = call<1>(request_for_web(3));
    ASSERT_TRUE(result.has_value());
    EXPECT_EQ(result->instance, "web-9001");
    attempts.push_back(result->attempts);
  }
  EXPECT_THAT(attempts, UnorderedElementsAre(1, 2));
}

TEST_F(CallerTest, TriesAgainAsOftenAsItWasAsked) { EXPECT_EQ(attempts_when_busy({}), 4U); }

TEST_F(CallerTest, ARetryThatTheBudgetDoesNotPayForIsLeft) {
  model::ClusterSettings settings;
  settings.retry.budget_ratio = 0;
  settings.retry.budget_floor_per_second = 0;
  EXPECT_EQ(attempts_when_busy(settings), 1U);
}

TEST_F(CallerTest, CallsBeyondTheConnectionsOfAnInstanceWaitAndBeyondThoseFail) {
  add_backend([](const std::string&) { return answer_with("late"); });
  world.network().link({base::IpAddress::loopback(), 9001, {}}).latency = 200ms;
  model::ClusterSettings settings;
  settings.limits = {.connections_max = 1, .pending_max = 1};
  start_caller({9001}, settings);
  std::size_t answered = 0;
  for (const auto& result : call<3>(request_for_web(0))) {
    answered += result.has_value() ? 1 : 0;
    EXPECT_TRUE(result.has_value() || result.error().error.code == base::Code::kOverloaded);
  }
  EXPECT_EQ(answered, 2U);
  EXPECT_EQ(reached("backend_connections"), 2U);
  EXPECT_EQ(reached("backend_pending"), 1U);
}

TEST_F(CallerTest, WhoWaitsForAConnectionWaitsNoLongerThanTheAttempt) {
  add_backend([](const std::string&) { return std::string(FakeBackend::kHang); });
  model::ClusterSettings settings;
  settings.limits = {.connections_max = 1, .pending_max = 1};
  start_caller({9001}, settings);
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
