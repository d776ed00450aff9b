#include "proxy/worker.h"

#include "proxy/gateway_fixture_for_test.h"

#include <gtest/gtest.h>

namespace weft::proxy {
namespace {

constexpr std::string_view kPlainGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

class WorkerTest : public GatewayTest {
 protected:
  static io::Task<void> drain(Worker* worker, base::MonoTime deadline, bool* done) {
    co_await worker->drain(deadline);
    *done = true;
  }
};

TEST_F(WorkerTest, DrainingClosesIdleClientsAndLetsRunningRequestsEnd) {
  bool asked = false;
  FakeBackend& backend = add_backend([&](const std::string&) {
    asked = true;
    return answer_with("late");
  });
  world.network().link({base::IpAddress::loopback(), 9001, {}}).latency = 200ms;
  start({9001});
  Talk idle{.until = "never", .patience = 1000s};
  Talk running{.request = std::string(kPlainGet), .until = "never", .patience = 1000s};
  io::TaskScope scope;
  scope.spawn("idle", converse(&outside, &idle));
  scope.spawn("running", converse(&outside, &running));
  EXPECT_TRUE(world.run_until([&] { return worker->status().clients == 2 && asked; }, 10s));
  bool drained = false;
  io::TaskScope drain_scope;
  loop.post([&] { drain_scope.spawn("drain", drain(worker.get(), loop.now() + 30s, &drained)); });
  EXPECT_TRUE(world.run_until([&] { return drained && idle.done && running.done; }, 10s));
  EXPECT_TRUE(running.answer.ends_with("late")) << running.answer;
  EXPECT_TRUE(contains(running.answer, "Connection: close\r\n"));
  EXPECT_EQ(worker->status().clients, 0U);
  EXPECT_EQ(backend.requests.size(), 1U);
}

TEST_F(WorkerTest, HeldClientsWaitInTheQueueForTheFirstSnapshot) {
  add_backend([](const std::string&) { return answer_with("one"); });
  worker = std::make_unique<Worker>(loop, 0, options, WorkerSinks{});
  worker->hold_clients();
  ASSERT_TRUE(worker->listen({base::IpAddress::loopback(), kPort, {}}));
  Talk early{.request = std::string(kPlainGet), .until = "one", .patience = 100s};
  io::TaskScope scope;
  scope.spawn("early", converse(&outside, &early));
  const base::MonoTime began = world.now();
  EXPECT_TRUE(world.run_until([&] { return world.now() - began > 1s; }, 10s));
  EXPECT_EQ(worker->status().clients, 0U);
  publish({9001});
  loop.post([&] { worker->take_clients(); });
  EXPECT_TRUE(world.run_until([&] { return early.done; }, 10s));
  EXPECT_TRUE(early.answer.ends_with("one")) << early.answer;
}

TEST_F(WorkerTest, ANewSnapshotLosesNothingAndKeepsConnections) {
  FakeBackend& first = add_backend([](const std::string&) { return answer_with("one"); });
  FakeBackend& second = add_backend([](const std::string&) { return answer_with("two"); });
  start({9001});
  for (int i = 0; i < 100; ++i) {
    publish(i % 2 == 0 ? std::vector<std::uint16_t>{9001, 9002}
                       : std::vector<std::uint16_t>{9002, 9001});
    const std::string answer = talk("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
  }
  EXPECT_EQ(first.requests.size() + second.requests.size(), 100U);
  EXPECT_LE(first.connections + second.connections, 2U);
}

TEST_F(WorkerTest, AnEndpointThatLeftGetsNoMoreRequests) {
  FakeBackend& first = add_backend([](const std::string&) { return answer_with("one"); });
  add_backend([](const std::string&) { return answer_with("two"); });
  start({9001, 9002});
  publish({9002});
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(
        talk("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "").ends_with("two"));
  }
  EXPECT_TRUE(first.requests.empty());
}

TEST_F(WorkerTest, AClientThatSendsAHeadTooSlowlyIsCut) {
  start({9001});
  const base::MonoTime began = world.now();
  const std::string answer = talk("GET / HTTP/1.1\r\nHost:", "never", 300s);
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 408 Request Timeout\r\n")) << answer;
  EXPECT_LT(world.now() - began, 40s);
  EXPECT_EQ(reached("stall_ms"), 1U);
}

TEST_F(WorkerTest, AHeadBeyondItsLimitsIsRefusedAndCounted) {
  options.client.head = {.head_bytes = 2'000, .header_count = 3, .uri_bytes = 500};
  start({9001});
  EXPECT_TRUE(talk("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(3'000, 'x'), "")
                  .starts_with("HTTP/1.1 431 "));
  EXPECT_TRUE(talk("GET / HTTP/1.1\r\nHost: a\r\nA: b\r\nA: b\r\nA: b\r\n\r\n", "")
                  .starts_with("HTTP/1.1 431 "));
  EXPECT_TRUE(talk("GET /" + std::string(600, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n", "")
                  .starts_with("HTTP/1.1 414 "));
  EXPECT_EQ(reached("head_bytes"), 1U);
  EXPECT_EQ(reached("head_fields"), 1U);
  EXPECT_EQ(reached("uri_bytes"), 1U);
}

TEST_F(WorkerTest, ClientsBeyondTheLimitWaitForOneToLeave) {
  add_backend([](const std::string&) { return answer_with("ok"); });
  options.connections_max = 1;
  start({9001});
  Talk first{.request = std::string(kPlainGet), .until = "never", .patience = 10s};
  io::TaskScope scope;
  scope.spawn("first", converse(&outside, &first));
  EXPECT_TRUE(world.run_until([&] { return first.answer.ends_with("ok"); }, 5s));
  const base::MonoTime began = world.now();
  EXPECT_TRUE(talk("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "").ends_with("ok"));
  EXPECT_TRUE(first.done);
  EXPECT_GT(world.now() - began, 5s);
  EXPECT_GE(reached("proxy_connections"), 1U);
}

TEST_F(WorkerTest, TakesItsLimitsFromThoseOfTheProcess) {
  base::Limits limits;
  limits.set(base::Limit::kHeadBytes, 2'000);
  limits.set(base::Limit::kIdleMillis, 900);
  limits.set(base::Limit::kProxyConnections, 7);
  const WorkerOptions taken = worker_options(limits);
  EXPECT_EQ(taken.client.head.head_bytes, 2'000U);
  EXPECT_EQ(taken.backend_head.head_bytes, 2'000U);
  EXPECT_EQ(taken.client.idle_timeout, 900ms);
  EXPECT_EQ(taken.connections_max, 7U);
}

TEST_F(WorkerTest, AnIdleClientIsClosedAndCounted) {
  add_backend([](const std::string&) { return answer_with("ok"); });
  start({9001});
  const base::MonoTime began = world.now();
  EXPECT_TRUE(talk("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "never").ends_with("ok"));
  EXPECT_LT(world.now() - began, 65s);
  EXPECT_EQ(reached("idle_ms"), 1U);
}

TEST_F(WorkerTest, AnIdleClientHoldsNoBuffer) {
  add_backend([](const std::string&) { return answer_with("ok"); });
  start({9001});
  Talk idle{.request = std::string(kPlainGet), .until = "never", .patience = 20s};
  io::TaskScope scope;
  scope.spawn("idle", converse(&outside, &idle));
  world.run_until([&] { return idle.answer.ends_with("ok"); }, 10s);
  EXPECT_EQ(loop.buffers().in_use(), 0U);
  EXPECT_TRUE(world.run_until([&] { return idle.done; }, 100s));
}

}  // namespace
}  // namespace weft::proxy
