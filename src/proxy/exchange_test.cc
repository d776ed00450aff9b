#include "proxy/exchange.h"

#include "base/text.h"
#include "proxy/gateway_fixture_for_test.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

namespace weft::proxy {
namespace {

class ExchangeTest : public GatewayTest {
 protected:
  static io::Task<void> ask_and_never_read(io::Loop* loop, base::Nanos patience, bool* done) {
    const base::SocketAddress gateway{base::IpAddress::loopback(), kPort, {}};
    auto socket = co_await io::connect(*loop, gateway, loop->now() + patience);
    EXPECT_TRUE(socket);
    const std::string_view request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    const auto sent = co_await socket->send(request, loop->now() + patience);
    EXPECT_TRUE(sent);
    base::ignore(co_await loop->sleep_for(patience), "nobody cancels it");
    *done = true;
  }
};

TEST_F(ExchangeTest, ARequestReachesTheBackendAndItsAnswerTheClient) {
  FakeBackend& backend = add_backend([](const std::string&) { return answer_with("hello"); });
  start({9001});
  const std::string answer = talk(
      "GET /a?b=c HTTP/1.1\r\nHost: shop.example\r\nX-Kept: yes\r\nConnection: x-gone\r\n"
      "X-Gone: 1\r\nX-Forwarded-Proto: https\r\n\r\n",
      "hello");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
  EXPECT_TRUE(contains(answer, "X-Mesh-Instance: web-9001\r\n"));
  ASSERT_EQ(backend.requests.size(), 1U);
  const std::string& seen = backend.requests[0];
  EXPECT_TRUE(seen.starts_with("GET /a?b=c HTTP/1.1\r\nHost: shop.example\r\n")) << seen;
  EXPECT_TRUE(contains(seen, "X-Kept: yes\r\n"));
  EXPECT_FALSE(contains(seen, "X-Gone")) << "named by Connection";
  EXPECT_FALSE(contains(seen, "Connection:"));
  EXPECT_TRUE(contains(seen, "X-Forwarded-Proto: http\r\n")) << "a client cannot choose it";
  EXPECT_TRUE(contains(seen, "X-Forwarded-For: 127.0.0.1\r\n"));
  EXPECT_TRUE(contains(seen, "X-Forwarded-Host: shop.example\r\n"));
  EXPECT_TRUE(contains(seen, "X-Forwarded-Port: 8080\r\n"));
  EXPECT_TRUE(contains(seen, "\r\ntraceparent: 00-"));
}

TEST_F(ExchangeTest, BodiesWithALengthGoThroughWholeBothWays) {
  FakeBackend& backend = add_backend([](const std::string& request) {
    return answer_with(request.substr(request.find("\r\n\r\n") + 4));
  });
  start({9001});
  for (const std::size_t size : {0U, 1U, 20'000U, 300'000U, 2'000'000U}) {
    const std::string body(size, 'x');
    const std::string answer =
        talk("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(size) +
                 "\r\nConnection: close\r\n\r\n" + body,
             "");
    EXPECT_EQ(answer.substr(answer.find("\r\n\r\n") + 4), body) << size;
  }
  EXPECT_EQ(backend.requests.size(), 5U);
}

TEST_F(ExchangeTest, ChunkedBodiesAreFramedAnewInBothDirections) {
  FakeBackend& backend = add_backend([](const std::string&) {
    return std::string(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;ext=1\r\nhello\r\n6\r\n world\r\n"
        "0\r\nTrailer: x\r\n\r\n");
  });
  start({9001});
  const std::string answer = talk(
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x\r\nde\r\n"
      "0\r\n\r\n",
      "0\r\n\r\n");
  EXPECT_TRUE(contains(answer, "Transfer-Encoding: chunked\r\n")) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\nb\r\nhello world\r\n0\r\n\r\n")) << answer;
  ASSERT_EQ(backend.requests.size(), 1U);
  EXPECT_TRUE(backend.requests[0].ends_with("5\r\nabcde\r\n0\r\n\r\n")) << backend.requests[0];
}

TEST_F(ExchangeTest, AnAnswerUntilCloseIsChunkedForNewClientsAndClosedForOldOnes) {
  FakeBackend& backend =
      add_backend([](const std::string&) { return std::string("HTTP/1.1 200 OK\r\n\r\nhello"); });
  backend.closes_after_answer = true;
  start({9001});
  const std::string modern = talk("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "0\r\n\r\n");
  EXPECT_TRUE(contains(modern, "5\r\nhello\r\n0\r\n\r\n")) << modern;
  const std::string old = talk("GET / HTTP/1.0\r\nHost: a\r\n\r\n", "");
  EXPECT_TRUE(old.ends_with("\r\n\r\nhello")) << old;
  EXPECT_FALSE(contains(old, "chunked"));
}

TEST_F(ExchangeTest, PipelinedRequestsAreAnsweredInOrderOnOneBackendConnection) {
  int n = 0;
  FakeBackend& backend =
      add_backend([&](const std::string&) { return answer_with("#" + std::to_string(++n)); });
  start({9001});
  const std::string answer = talk(
      "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n"
      "POST /3 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nokGET /4 HTTP/1.1\r\nHost: a\r\n"
      "Connection: close\r\n\r\n",
      "");
  EXPECT_LT(answer.find("#1"), answer.find("#2"));
  EXPECT_LT(answer.find("#3"), answer.find("#4"));
  EXPECT_TRUE(contains(answer, "Connection: close\r\n"));
  EXPECT_EQ(backend.requests.size(), 4U);
  EXPECT_EQ(backend.connections, 1U);
}

TEST_F(ExchangeTest, HeadAndBodilessAnswersEndWithTheirHead) {
  add_backend([](const std::string& request) -> std::string {
    if (request.starts_with("HEAD")) {
      return "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n";
    }
    return request.starts_with("GET /204") ? "HTTP/1.1 204 No Content\r\n\r\n"
                                           : "HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n\r\n";
  });
  start({9001});
  const std::string answer = talk(
      "HEAD / HTTP/1.1\r\nHost: a\r\n\r\nGET /204 HTTP/1.1\r\nHost: a\r\n\r\n"
      "GET /304 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
      "");
  EXPECT_TRUE(contains(answer, "Content-Length: 500\r\n")) << answer;
  EXPECT_TRUE(contains(answer, "HTTP/1.1 204 No Content\r\n"));
  EXPECT_TRUE(contains(answer, "HTTP/1.1 304 Not Modified\r\n"));
}

TEST_F(ExchangeTest, AmbiguousRequestsAreRefusedAndTheConnectionClosed) {
  FakeBackend& backend = add_backend([](const std::string&) { return answer_with("no"); });
  start({9001});
  const std::string answer = talk(
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc"
      "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n",
      "");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 Bad Request\r\n")) << answer;
  EXPECT_TRUE(contains(answer, "Connection: close\r\n"));
  EXPECT_TRUE(backend.requests.empty());
}

TEST_F(ExchangeTest, WithoutAUsableInstanceTheAnswerSaysWhy) {
  start({});
  EXPECT_TRUE(contains(talk("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", ""),
                       "\"reason\":\"no_instances\""));
  publish({9001}, {}, model::Health::kCritical);
  EXPECT_TRUE(contains(talk("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", ""),
                       "\"reason\":\"no_healthy_instances\""));
  worker->adopt(std::make_shared<RouteIndex>(std::make_shared<model::Snapshot>()));
  EXPECT_TRUE(contains(talk("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", ""),
                       "HTTP/1.1 404 Not Found\r\n"));
}

TEST_F(ExchangeTest, ARefusedConnectionIsTriedElsewhereWhateverTheMethod) {
  FakeBackend& alive = add_backend([](const std::string&) { return answer_with("ok"); });
  start({9001, 9999});  // nobody listens on 9999
  for (int i = 0; i < 20; ++i) {
    const std::string answer =
        talk("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi", "");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
  }
  EXPECT_EQ(alive.requests.size(), 20U);
}

TEST_F(ExchangeTest, APostThatMayHaveBeenProcessedIsNeverSentTwice) {
  FakeBackend& first = add_backend([](const std::string&) { return std::string(); });
  FakeBackend& second = add_backend([](const std::string&) { return std::string(); });
  start({9001, 9002});
  const std::string answer =
      talk("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi", "");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 502 Bad Gateway\r\n")) << answer;
  EXPECT_TRUE(contains(answer, "\"side\":\"backend\""));
  EXPECT_EQ(first.requests.size() + second.requests.size(), 1U);
}

TEST_F(ExchangeTest, AnIdempotentRequestThatGotNoAnswerIsSentElsewhere) {
  int calls = 0;
  const auto script = [&](const std::string&) {
    return ++calls == 1 ? std::string() : answer_with("second");
  };
  add_backend(script);
  add_backend(script);
  start({9001, 9002});
  const std::string answer =
      talk("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi", "");
  EXPECT_TRUE(answer.ends_with("second")) << answer;
  EXPECT_EQ(calls, 2);
}

TEST_F(ExchangeTest, AGatewayErrorFromOneInstanceIsTriedOnAnother) {
  int calls = 0;
  const auto script = [&](const std::string&) -> std::string {
    return ++calls == 1 ? "HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy" : answer_with("ok");
  };
  add_backend(script);
  add_backend(script);
  start({9001, 9002});
  EXPECT_TRUE(talk("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "").ends_with("ok"));
}

TEST_F(ExchangeTest, AConnectionThatDiedIdleCostsNothing) {
  FakeBackend& backend = add_backend([](const std::string&) { return answer_with("ok"); });
  backend.closes_after_answer = true;  // without saying so
  start({9001});
  for (int i = 0; i < 5; ++i) {
    const std::string answer = talk("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "");
    EXPECT_TRUE(answer.ends_with("ok")) << answer;
  }
  EXPECT_EQ(worker->status().endpoints[0].breaker, balance::BreakerState::kClosed);
}

TEST_F(ExchangeTest, AHungInstanceCostsOneTryWhenTriesAreLimited) {
  add_backend([](const std::string&) { return std::string(FakeBackend::kHang); });
  add_backend([](const std::string&) { return answer_with("ok"); });
  model::ClusterSettings settings;
  settings.timeouts.per_try = 1s;
  start({9001, 9002}, settings);
  for (int i = 0; i < 6; ++i) {
    const base::MonoTime began = world.now();
    const std::string answer = talk("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "");
    EXPECT_TRUE(answer.ends_with("ok")) << answer;
    EXPECT_LT(world.now() - began, 2500ms);
  }
}

TEST_F(ExchangeTest, ARequestThatTakesTooLongIs504) {
  add_backend([](const std::string&) { return std::string(FakeBackend::kHang); });
  model::ClusterSettings settings;
  settings.timeouts.request = 3s;
  start({9001}, settings);
  const std::string answer = talk("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 504 Gateway Timeout\r\n")) << answer;
}

TEST_F(ExchangeTest, BytesAfterAnAnswerSpoilTheConnectionNotTheNextAnswer) {
  FakeBackend& backend = add_backend([](const std::string&) {
    return answer_with("ok") + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";
  });
  start({9001});
  const std::string answer = talk(
      "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
      "");
  EXPECT_FALSE(contains(answer, "evil")) << answer;
  EXPECT_EQ(backend.connections, 2U);
}

TEST_F(ExchangeTest, AnAnswerThatBreaksTheProtocolIs502) {
  add_backend([](const std::string&) {
    return std::string("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx");
  });
  start({9001});
  const std::string answer =
      talk("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", "");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 502 Bad Gateway\r\n")) << answer;
  EXPECT_TRUE(contains(answer, "backend_protocol"));
}

TEST_F(ExchangeTest, AnAnswerThatEndsEarlyIsCutNotCompleted) {
  FakeBackend& backend = add_backend([](const std::string&) {
    return std::string("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
  });
  backend.closes_after_answer = true;
  start({9001});
  const std::string answer =
      talk("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", "never");
  EXPECT_TRUE(answer.ends_with("\r\n\r\nabc")) << answer;
}

TEST_F(ExchangeTest, InformationalAnswersArePassedOnButNotForever) {
  add_backend([](const std::string& request) {
    std::string answer;
    const int count = contains(request, "/many") ? 50 : 2;
    for (int i = 0; i < count; ++i) {
      answer += "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n";
    }
    return answer + answer_with("final");
  });
  start({9001});
  const std::string few = talk("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "");
  EXPECT_TRUE(few.starts_with("HTTP/1.1 103 Early Hints\r\n")) << few;
  EXPECT_TRUE(few.ends_with("final"));
  const std::string many =
      talk("POST /many HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", "");
  EXPECT_TRUE(contains(many, "HTTP/1.1 502 Bad Gateway\r\n"));
}

// Envoy CVE-2025-64763, nginx CVE-2026-42926.
TEST_F(ExchangeTest, AnUpgradeBecomesATunnelAndNothingEarlyIsForwarded) {
  FakeBackend& backend = add_backend([](const std::string& request) -> std::string {
    if (contains(request, "Upgrade: echo")) {
      return "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n"
             "welcome";
    }
    return "tunnelled:" + request;
  });
  start({9001});
  const std::string answer =
      talk("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nearly\r\n\r\n",
           "tunnelled:early\r\n\r\n");
  EXPECT_TRUE(contains(answer, "HTTP/1.1 101 Switching Protocols\r\n")) << answer;
  EXPECT_TRUE(contains(answer, "welcometunnelled:early")) << answer;
  ASSERT_EQ(backend.requests.size(), 2U);
  EXPECT_TRUE(contains(backend.requests[0], "Connection: upgrade\r\n"));
  EXPECT_FALSE(contains(backend.requests[0], "early"));
}

// What is measured is what is copied: nginx CVE-2026-42945, CVE-2026-9256.
TEST_F(ExchangeTest, AHeadThatGrowsBeyondItsRoomIsRefused) {
  FakeBackend& backend = add_backend([](const std::string&) { return answer_with("no"); });
  start({9001});
  const std::string field(8'000, 'h');
  std::string request = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (int i = 0; i < 8; ++i) {
    request += "X-Long: " + field + "\r\n";
  }
  request += "X-Rest: " + std::string(64 * 1024 - request.size() - 12, 'h') + "\r\n\r\n";
  const std::string answer = talk(request, "");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 431 ")) << answer.substr(0, 200);
  EXPECT_TRUE(backend.requests.empty());
}

TEST_F(ExchangeTest, RequestsBeyondTheConnectionsOfAnEndpointWaitAndBeyondThoseAreRefused) {
  add_backend([](const std::string&) { return answer_with("late"); });
  world.network().link({base::IpAddress::loopback(), 9001, {}}).latency = 200ms;
  model::ClusterSettings settings;
  settings.limits = {.connections_max = 1, .pending_max = 1};
  settings.retry.retries = 0;
  start({9001}, settings);
  const std::string request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
  std::array<Talk, 3> talks;
  io::TaskScope scope;
  for (Talk& talk : talks) {
    talk.request = request;
    scope.spawn("client", converse(&outside, &talk));
  }
  EXPECT_TRUE(world.run_until(
      [&] { return std::ranges::all_of(talks, [](const Talk& talk) { return talk.done; }); },
      100s));
  const auto is_busy = [](const Talk& talk) {
    return talk.answer.starts_with("HTTP/1.1 503 ") && contains(talk.answer, "\"overloaded\"");
  };
  EXPECT_EQ(std::ranges::count_if(talks, is_busy), 1);
  EXPECT_EQ(
      std::ranges::count_if(talks, [](const Talk& talk) { return talk.answer.ends_with("late"); }),
      2);
  EXPECT_EQ(reached("backend_connections"), 2U);
  EXPECT_EQ(reached("backend_pending"), 1U);
}

TEST_F(ExchangeTest, AnAnswerWithAHeadBeyondTheLimitIs502) {
  options.backend_head.head_bytes = 2'000;
  add_backend([](const std::string&) {
    return answer_with("ok", "X: " + std::string(3'000, 'x') + "\r\n");
  });
  start({9001});
  EXPECT_TRUE(talk("POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "")
                  .starts_with("HTTP/1.1 502 "));
  EXPECT_EQ(reached("head_bytes"), 1U);
}

TEST_F(ExchangeTest, AClientThatTakesNothingOfItsAnswerIsCutAndCounted) {
  add_backend([](const std::string&) { return answer_with(std::string(1024 * 1024, 'x')); });
  options.client.progress_timeout = 5s;
  start({9001});
  bool done = false;
  io::TaskScope scope;
  scope.spawn("deaf", ask_and_never_read(&outside, 20s, &done));
  EXPECT_TRUE(world.run_until([&] { return worker->status().clients == 1; }, 10s));
  EXPECT_TRUE(world.run_until([&] { return worker->status().clients == 0; }, 10s));
  EXPECT_FALSE(done);
  EXPECT_EQ(reached("stall_ms"), 1U);
  EXPECT_TRUE(world.run_until([&] { return done; }, 100s));
}

TEST_F(ExchangeTest, BodiesGoInSmallPiecesWhileManyBulkBuffersAreOut) {
  using Size = io::BufferPool::Size;
  const std::string body(1024 * 1024, 'x');
  add_backend([&](const std::string&) { return answer_with(body); });
  start({9001});
  std::vector<io::Buffer> held;
  for (int i = 0; i < 256; ++i) {
    held.push_back(loop.buffers().take(Size::kBulk));
  }
  bool done = false;
  io::TaskScope scope;
  scope.spawn("deaf", ask_and_never_read(&outside, 20s, &done));
  EXPECT_FALSE(world.run_until([] { return false; }, 5s));
  EXPECT_EQ(loop.buffers().in_use(Size::kBulk), held.size()) << "its relay waits with a small one";
  const std::string answer = talk("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "");
  EXPECT_TRUE(answer.ends_with(body)) << answer.size();
  held.clear();
  EXPECT_TRUE(world.run_until([&] { return done; }, 100s));
}

TEST_F(ExchangeTest, ConnectAndTraceAreNotOffered) {
  FakeBackend& backend = add_backend([](const std::string&) { return answer_with("no"); });
  start({9001});
  EXPECT_TRUE(talk("CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n", "")
                  .starts_with("HTTP/1.1 405 Method Not Allowed\r\n"));
  EXPECT_TRUE(contains(talk("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", ""), "Allow: GET"));
  EXPECT_TRUE(backend.requests.empty());
}

TEST_F(ExchangeTest, AnInstanceThatLeavesBeforeItAnswersIsNamedAllTheSame) {
  add_backend([&](const std::string&) {
    publish({9002});
    return answer_with("ok");
  });
  start({9001});
  const std::string answer = talk("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "");
  EXPECT_TRUE(contains(answer, "X-Mesh-Instance: web-9001\r\n")) << answer;
  EXPECT_TRUE(answer.ends_with("ok")) << answer;
  EXPECT_EQ(worker->status().idle_backend_connections, 0U) << "nobody would use its connection";
}

TEST_F(ExchangeTest, RecordsSayWhoAnsweredAndHow) {
  add_backend([](const std::string&) { return answer_with("ok"); });
  start({9001});
  talk("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "");
  world.run_until([&] { return !records.empty(); }, 1s);
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].status, 200);
  EXPECT_EQ(records[0].service, 1U);
  EXPECT_EQ(records[0].instance, 9001U);
  EXPECT_EQ(records[0].method, model::Method::kGet);
  EXPECT_FALSE(records[0].failed);
  EXPECT_GT(records[0].response_bytes, 0U);
}

TEST_F(ExchangeTest, TheRecordKnowsTheTraceThatTheBackendWasTold) {
  FakeBackend& backend = add_backend([](const std::string&) { return answer_with("ok"); });
  start({9001});
  talk(
      "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
      "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n\r\n",
      "");
  talk("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "");
  world.run_until([&] { return records.size() == 2; }, 1s);
  ASSERT_EQ(records.size(), 2U);
  const auto hex = [](const auto& bytes) {
    return base::to_hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  };
  EXPECT_EQ(hex(records[0].trace_id), "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(hex(records[0].parent_span_id), "00f067aa0ba902b7");
  EXPECT_TRUE(contains(backend.requests[0], "X-Span-Id: " + hex(records[0].span_id)));
  EXPECT_TRUE(contains(backend.requests[1], "traceparent: 00-" + hex(records[1].trace_id) + "-" +
                                                hex(records[1].span_id)));
  EXPECT_EQ(hex(records[1].parent_span_id), "0000000000000000") << "a root";
}

TEST_F(ExchangeTest, AFailingInstanceIsBrokenAndLeftAlone) {
  FakeBackend& bad = add_backend([](const std::string&) {
    return std::string("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n");
  });
  add_backend([](const std::string&) { return answer_with("ok"); });
  model::ClusterSettings settings;
  settings.balancing = model::Balancing::kRoundRobin;
  start({9001, 9002}, settings);
  for (int i = 0; i < 40; ++i) {
    talk("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "");
  }
  EXPECT_EQ(bad.requests.size(), 5U);
  EXPECT_EQ(worker->status().endpoints[0].breaker, balance::BreakerState::kOpen);
}

TEST_F(ExchangeTest, AFailingInstanceIsEjectedForAWhileWhenItsServiceAsksForThat) {
  FakeBackend& bad = add_backend([](const std::string&) {
    return std::string("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n");
  });
  add_backend([](const std::string&) { return answer_with("ok"); });
  model::ClusterSettings settings;
  settings.balancing = model::Balancing::kRoundRobin;
  settings.breaker.enabled = false;
  settings.outlier.consecutive_5xx = 3;
  settings.outlier.ejection_time = 20s;
  start({9001, 9002}, settings);
  const auto ask = [&](int times) {
    for (int i = 0; i < times; ++i) {
      talk("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "");
    }
    return bad.requests.size();
  };
  EXPECT_EQ(ask(20), 3U);
  EXPECT_FALSE(world.run_until([] { return false; }, 21s));
  EXPECT_EQ(ask(20), 6U) << "back, and out again";
}

}  // namespace
}  // namespace weft::proxy
