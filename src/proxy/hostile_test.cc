// Clients and backends that stall, leave, lie or talk too much: the gateway stays up, blames the
// right side, and nobody sees what is another's.
#include "proxy/gateway_fixture_for_test.h"

#include <gtest/gtest.h>

#include <array>

namespace weft::proxy {
namespace {

class HostileTest : public GatewayTest {
 protected:
  // What a client says, piece by piece, and then hears.
  struct Slow {
    std::vector<std::string> pieces;
    base::Nanos pause{0};     // after each piece
    base::Nanos patience{0};  // for more of the answer
    bool leaves = false;      // without waiting for an answer
    std::string answer;
    bool done = false;
  };

  static io::Task<void> say_slowly(io::Loop* loop, Slow* slow) {
    const base::SocketAddress gateway{base::IpAddress::loopback(), kPort, {}};
    auto socket = co_await io::connect(*loop, gateway, loop->now() + 100s);
    EXPECT_TRUE(socket);
    for (const std::string& piece : slow->pieces) {
      base::ignore(co_await socket->send(piece, loop->now() + 100s), "it may have been cut");
      base::ignore(co_await loop->sleep_for(slow->pause), "nobody cancels it");
    }
    std::array<char, 16384> bytes;
    while (!slow->leaves) {
      const auto count = co_await socket->recv(bytes, loop->now() + slow->patience);
      if (!count || *count == 0) {
        break;
      }
      slow->answer.append(bytes.data(), *count);
    }
    slow->done = true;
  }

  // Waits until `slow` has been said and answered.
  void run(Slow& slow) {
    io::TaskScope scope;
    scope.spawn("slow client", say_slowly(&outside, &slow));
    EXPECT_TRUE(world.run_until([&] { return slow.done; }, 1000s));
  }

  void expect_alive() {
    EXPECT_TRUE(
        talk("GET /alive HTTP/1.1\r\nHost: a\r\n\r\n", "\r\n\r\n", 5s).starts_with("HTTP/1.1 "));
  }
};

TEST_F(HostileTest, AClientThatDoesNotReadNeverSeesTheHeadOfAnother) {
  const std::string large = answer_with("", "X-Large: " + std::string(30'000, 'x') + "\r\n");
  add_backend([&](const std::string& request) {
    return contains(request, "secret") ? answer_with("mine") : large;
  });
  start({9001});
  Slow attacker;
  std::string many;
  for (int i = 0; i < 300; ++i) {
    many += "GET /large HTTP/1.1\r\nHost: a\r\n\r\n";
  }
  attacker.pieces = {many};
  attacker.pause = 10s;
  attacker.patience = 5s;
  io::TaskScope scope;
  scope.spawn("attacker", say_slowly(&outside, &attacker));
  world.run_until([] { return false; }, 2s);
  for (int i = 0; i < 5; ++i) {
    talk("GET / HTTP/1.1\r\nHost: a\r\nCookie: secret\r\n\r\n", "mine");
  }
  EXPECT_TRUE(world.run_until([&] { return attacker.done; }, 1000s));
  EXPECT_FALSE(contains(attacker.answer, "secret"));
  EXPECT_FALSE(contains(attacker.answer, "mine"));
  EXPECT_GT(attacker.answer.size(), 1'000'000U);
}

TEST_F(HostileTest, ALastChunkInTwoPiecesLeavesTheNextRequestWhole) {
  FakeBackend& backend = add_backend([](const std::string&) { return answer_with("ok"); });
  start({9001});
  Slow slow;
  slow.pieces = {
      "POST /1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r",
      "\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n"};
  slow.pause = 50ms;
  slow.patience = 1s;
  run(slow);
  ASSERT_EQ(backend.requests.size(), 2U) << slow.answer;
  EXPECT_TRUE(backend.requests[1].starts_with("GET /2 "));
}

TEST_F(HostileTest, AnOldBackendMaySendAsMuchAsItLikes) {
  FakeBackend& backend = add_backend(
      [](const std::string&) { return "HTTP/1.0 200 OK\r\n\r\n" + std::string(200'000, 'x'); });
  backend.closes_after_answer = true;
  start({9001});
  const std::string answer = talk("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "\r\n0\r\n\r\n");
  EXPECT_TRUE(contains(answer, "Transfer-Encoding: chunked\r\n"));
  EXPECT_EQ(std::count(answer.begin(), answer.end(), 'x'), 200'000);
}

TEST_F(HostileTest, ABackendThatSpeaksNonsenseDuringAnUploadIs502) {
  for (const std::string_view nonsense :
       {"garbage\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"}) {
    FakeBackend& backend =
        add_backend([nonsense](const std::string&) { return std::string(nonsense); });
    backend.answers_early = true;
  }
  start({9001});
  for (const std::uint16_t port : {std::uint16_t{9001}, std::uint16_t{9002}}) {
    publish({port});
    Slow slow;
    slow.pieces = {
        "POST / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\nContent-Length: "
        "50000\r\n\r\nabc"};
    slow.pause = 100ms;
    slow.patience = 5s;
    run(slow);
    EXPECT_TRUE(slow.answer.starts_with("HTTP/1.1 502 ")) << slow.answer;
  }
  expect_alive();
}

TEST_F(HostileTest, ABadChunkBesideTheHeadIsRefusedAtOnce) {
  add_backend([](const std::string&) { return answer_with("ok"); });
  start({9001});
  const base::MonoTime begun = outside.now();
  const std::string answer =
      talk("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << answer;
  EXPECT_LT(outside.now() - begun, 5s);
}

TEST_F(HostileTest, ABadFirstChunkOfAnAnswerIs502) {
  add_backend([](const std::string&) {
    return std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
  });
  start({9001});
  EXPECT_TRUE(talk("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "}\n").starts_with("HTTP/1.1 502 "));
}

TEST_F(HostileTest, AnInstanceMayLeaveWhileRequestsWaitForIt) {
  add_backend([](const std::string&) { return std::string(FakeBackend::kHang); });
  add_backend([](const std::string&) { return answer_with("other"); });
  model::ClusterSettings settings;
  settings.limits.connections_max = 1;
  start({9001}, settings);
  Slow first;
  Slow second;
  first.pieces = second.pieces = {"GET / HTTP/1.1\r\nHost: a\r\n\r\n"};
  first.patience = second.patience = 3s;
  io::TaskScope scope;
  scope.spawn("first", say_slowly(&outside, &first));
  world.run_until([] { return false; }, 100ms);
  scope.spawn("second", say_slowly(&outside, &second));
  world.run_until([] { return false; }, 100ms);
  publish({9002}, settings);
  EXPECT_TRUE(world.run_until([&] { return first.done && second.done; }, 100s));
  EXPECT_TRUE(contains(second.answer, "other")) << second.answer;
}

TEST_F(HostileTest, AClientThatTricklesItsBodyIsCutAndTheBackendNotBlamed) {
  add_backend([](const std::string&) { return answer_with("ok"); });
  start({9001});
  for (int round = 0; round < 6; ++round) {
    const bool is_held = round % 2 == 0;
    Slow slow;
    slow.pieces = {std::string("POST / HTTP/1.1\r\nHost: a\r\n") +
                   (is_held ? "Content-Length: 60\r\n\r\n" : "Content-Length: 60000\r\n\r\n")};
    slow.pieces.insert(slow.pieces.end(), 50, "x");
    slow.pause = 1s;
    slow.patience = 1s;
    run(slow);
    EXPECT_TRUE(slow.answer.starts_with("HTTP/1.1 408 ")) << slow.answer;
    EXPECT_TRUE(contains(slow.answer, "\"side\":\"client\""));
  }
  EXPECT_TRUE(contains(talk("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "ok"), "200 OK")) << "no breaker";
}

TEST_F(HostileTest, ALongUploadThatGoesOnIsNotTimedOut) {
  FakeBackend& backend = add_backend([](const std::string&) { return answer_with("ok"); });
  start({9001});
  Slow slow;
  slow.pieces = {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 400000\r\n\r\n"};
  slow.pieces.insert(slow.pieces.end(), 100, std::string(4000, 'x'));
  slow.pause = 1s;
  slow.patience = 5s;
  run(slow);
  EXPECT_TRUE(contains(slow.answer, "200 OK")) << slow.answer;
  EXPECT_EQ(backend.requests.size(), 1U);
}

TEST_F(HostileTest, AClientThatLeavesFreesItsBackendAndCountsAgainstNobody) {
  add_backend([](const std::string&) { return std::string(FakeBackend::kHang); });
  start({9001});
  Slow slow;
  slow.pieces = {"GET / HTTP/1.1\r\nHost: a\r\n\r\n"};
  slow.pause = 100ms;
  slow.leaves = true;
  run(slow);
  EXPECT_TRUE(world.run_until([&] { return !records.empty(); }, 3s));
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].status, 0);
  EXPECT_EQ(records[0].side, base::Side::kClient);
}

// Traefik CVE-2026-35051, Envoy CVE-2024-45806.
TEST_F(HostileTest, FieldsUnderAnotherSpellingOrNamedTwiceStayBehind) {
  FakeBackend& backend = add_backend([](const std::string&) { return answer_with("ok"); });
  start({9001});
  talk(
      "GET / HTTP/1.1\r\nHost: a\r\nX_Forwarded_For: 6.6.6.6\r\nx_real_ip: 6.6.6.6\r\nX_Own: "
      "kept\r\n"
      "Connection: keep-alive\r\nConnection: X-Hop\r\nX-Hop: gone\r\n\r\n",
      "ok");
  ASSERT_EQ(backend.requests.size(), 1U);
  EXPECT_FALSE(contains(backend.requests[0], "6.6.6.6"));
  EXPECT_FALSE(contains(backend.requests[0], "X-Hop"));
  EXPECT_TRUE(contains(backend.requests[0], "X_Own: kept\r\n"));
}

TEST_F(HostileTest, ARequestThatGoesRoundInCirclesIs508) {
  add_backend([](const std::string&) { return answer_with("ok"); });
  start({9001});
  std::string chain = "10.0.0.1";
  for (int i = 0; i < 31; ++i) {
    chain += ", 10.0.0.1";
  }
  const std::string answer =
      talk("GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: " + chain + "\r\n\r\n", "");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 508 ")) << answer;
}

TEST_F(HostileTest, AnUpgradeToH2cIsLeftAlone) {
  FakeBackend& backend = add_backend([](const std::string&) { return answer_with("ok"); });
  start({9001});
  talk(
      "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: "
      "h2c\r\nHTTP2-Settings: "
      "AAMAAABkAAQAAP__\r\n\r\n",
      "ok");
  ASSERT_EQ(backend.requests.size(), 1U);
  EXPECT_FALSE(contains(backend.requests[0], "h2c"));
}

TEST_F(HostileTest, TheOnlyInstancesOwnRefusalReachesTheClient) {
  FakeBackend& backend = add_backend([](const std::string&) {
    return std::string("HTTP/1.1 503 Mine\r\nRetry-After: 7\r\nContent-Length: 4\r\n\r\nmine");
  });
  start({9001});
  const std::string answer = talk("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "mine");
  EXPECT_TRUE(contains(answer, "Retry-After: 7\r\n")) << answer;
  EXPECT_EQ(backend.requests.size(), 1U);
}

}  // namespace
}  // namespace weft::proxy
