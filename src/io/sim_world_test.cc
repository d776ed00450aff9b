#include "io/sim_world.h"

#include "io/driver_fixture_for_test.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace weft::io {
namespace {

using namespace std::chrono_literals;

const base::SocketAddress kServer{base::IpAddress::v4(0x0a000001), 80, ""};

// A server that sends back what it gets and a client that counts what returns, each on a loop.
class EchoWorld {
 public:
  explicit EchoWorld(std::uint64_t seed, SimWorld::Order order = SimWorld::Order::kAsAdded)
      : world(seed, order) {
    server_loop = &world.add_loop("server");
    client_loop = &world.add_loop("client");
    listener = *listen(*server_loop, kServer, {});
    server_scope.spawn("server", serve(this));
  }
  ~EchoWorld() {
    server_scope.cancel();
    client_scope.cancel();
  }
  void spawn_client(std::size_t bytes, base::Nanos patience = 1h) {
    client_scope.spawn("client", call(this, bytes, client_loop->now() + patience));
  }
  bool run(base::Nanos patience = 1h) {
    return world.run_until([this] { return client_scope.size() == 0; }, patience);
  }

  SimWorld world;
  Loop* server_loop = nullptr;
  Loop* client_loop = nullptr;
  Listener listener;
  TaskScope server_scope;
  TaskScope client_scope;
  // Of the clients.
  int completed = 0;
  std::vector<base::Code> failures;
  std::string trace;  // every count that came, with its time

 private:
  static Task<void> serve(EchoWorld* self) {
    for (;;) {
      auto accepted = co_await self->listener.accept();
      if (!accepted) {
        co_return;
      }
      self->server_scope.spawn("echo", echo(std::move(accepted->socket)));
    }
  }

  static Task<void> echo(Socket socket) {
    for (;;) {
      Buffer buffer;
      const auto count = co_await socket.recv_pooled(buffer, base::kNever);
      if (!count || *count == 0) {
        co_return;
      }
      const auto sent = co_await socket.send(buffer.view(), base::kNever);
      if (!sent) {
        co_return;
      }
    }
  }

  static std::string pattern(std::size_t bytes) {
    std::string text;
    for (std::size_t i = 0; text.size() < bytes; ++i) {
      text += std::to_string(i) + ' ';
    }
    text.resize(bytes);
    return text;
  }

  static Task<void> send_all(Socket* socket, std::string bytes, base::MonoTime deadline) {
    const auto sent = co_await socket->send(bytes, deadline);
    if (sent) {
      socket->shutdown_write();
    }
  }

  static Task<void> call(EchoWorld* self, std::size_t bytes, base::MonoTime deadline) {
    auto socket = co_await connect(*self->client_loop, kServer, deadline);
    if (!socket) {
      self->failures.push_back(socket.error().code);
      co_return;
    }
    const std::string sent = pattern(bytes);
    TaskScope sender;
    sender.spawn("send", send_all(&*socket, sent, deadline));
    std::string got;
    const base::Code end = co_await receive_all(self, &*socket, &got, deadline);
    EXPECT_EQ(got, sent.substr(0, got.size()));  // whatever happens, what comes is in order
    if (got.size() == sent.size()) {
      ++self->completed;
    } else {
      self->failures.push_back(end);
    }
    co_await sender.stop();
  }

  // Returns: how the stream ended; kClosed for an orderly end.
  static Task<base::Code> receive_all(EchoWorld* self, Socket* socket, std::string* got,
                                      base::MonoTime deadline) {
    for (;;) {
      std::array<char, 3000> bytes{};
      const auto count = co_await socket->recv(bytes, deadline);
      if (!count) {
        co_return count.error().code;
      }
      if (*count == 0) {
        co_return base::Code::kClosed;
      }
      got->append(bytes.data(), *count);
      self->trace += std::to_string(self->client_loop->now().time_since_epoch().count()) + ':' +
                     std::to_string(*count) + ' ';
    }
  }
};

TEST(SimWorld, TwoLoopsTalkInVirtualTime) {
  EchoWorld echo(1);
  const base::MonoTime before = echo.world.now();
  echo.world.network().link(kServer).latency = 10ms;
  echo.spawn_client(100);
  EXPECT_TRUE(echo.run());
  EXPECT_EQ(echo.completed, 1);
  EXPECT_GE(echo.world.now() - before, 40ms);  // connect and echo: two ways each
  EXPECT_LT(echo.world.now() - before, 60ms);
}

TEST(SimWorld, NothingToDoIsSaid) {
  SimWorld world(1);
  world.add_loop("idle");
  EXPECT_FALSE(world.run_until([] { return false; }, 1h));
}

std::string trace_of(std::uint64_t seed) {
  EchoWorld echo(seed);
  SimLink& link = echo.world.network().link(kServer);
  link.jitter = 5ms;
  link.short_rate = 0.3;
  link.delay_rate = 0.1;
  for (int i = 0; i < 5; ++i) {
    echo.spawn_client(50'000);
  }
  EXPECT_TRUE(echo.run());
  EXPECT_EQ(echo.completed, 5) << "seed " << seed;
  return echo.trace;
}

TEST(SimWorld, TheSameSeedGivesTheSameRunAndAnotherADifferentOne) {
  const std::string first = trace_of(7);
  EXPECT_EQ(trace_of(7), first);
  EXPECT_NE(trace_of(8), first);
}

TEST(SimWorld, WhateverTheFaultsEveryStreamEndsAndNothingIsOutOfOrder) {
  int completed = 0;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    EchoWorld echo(seed);
    SimLink& link = echo.world.network().link(kServer);
    link.jitter = 2ms;
    link.delay_rate = 0.05;
    link.short_rate = 0.2;
    link.refuse_rate = 0.1;
    link.reset_rate = 0.005;
    link.half_close_rate = 0.005;
    for (int i = 0; i < 10; ++i) {
      echo.spawn_client(200'000, 60s);
    }
    ASSERT_TRUE(echo.run()) << "seed " << seed;
    completed += echo.completed;
    EXPECT_EQ(echo.completed + static_cast<int>(echo.failures.size()), 10) << "seed " << seed;
  }
  EXPECT_GT(completed, 0);
  EXPECT_LT(completed, 300);
}

TEST(SimWorld, AnUnknownAddressAndARefusingLinkRefuse) {
  EchoWorld echo(1);
  echo.world.network().link(kServer).refuse_rate = 1;
  echo.spawn_client(1);
  EXPECT_TRUE(echo.run());
  EXPECT_EQ(echo.failures, (std::vector{base::Code::kRefused}));
  echo.world.network().link(kServer).refuse_rate = 0;
  echo.server_scope.cancel();
  echo.listener.close();
  echo.spawn_client(1);
  EXPECT_TRUE(echo.run());
  EXPECT_EQ(echo.failures, (std::vector{base::Code::kRefused, base::Code::kRefused}));
}

TEST(SimWorld, APausedPeerAnswersOnceItIsResumed) {
  EchoWorld echo(1);
  echo.world.network().pause(kServer);
  echo.spawn_client(100);
  EXPECT_FALSE(echo.run(10s));
  EXPECT_EQ(echo.completed, 0);
  echo.world.network().resume(kServer);
  EXPECT_TRUE(echo.run());
  EXPECT_EQ(echo.completed, 1);
}

TEST(SimWorld, APausedPeerIsATimeoutForWhoDoesNotWait) {
  EchoWorld echo(1);
  echo.world.network().pause(kServer);
  echo.spawn_client(100, 2s);
  EXPECT_TRUE(echo.run());
  EXPECT_EQ(echo.failures, (std::vector{base::Code::kTimeout}));
}

TEST(SimWorld, ResettingTheStreamsOfAnAddressEndsThem) {
  EchoWorld echo(1);
  SimNetwork& network = echo.world.network();
  network.link(kServer).latency = 1s;
  echo.spawn_client(10);
  EXPECT_FALSE(echo.run(3500ms));  // connected, the bytes are under way
  network.reset_streams(kServer);
  EXPECT_TRUE(echo.run());
  EXPECT_EQ(echo.failures, (std::vector{base::Code::kReset}));
  EXPECT_EQ(network.open_sockets(), 1U);  // the listener
}

TEST(SimWorld, AnEarlyEndOfTheStreamIsSeenAsAnOrderlyOne) {
  EchoWorld echo(1);
  echo.world.network().link(kServer).half_close_rate = 1;
  echo.spawn_client(100);
  EXPECT_TRUE(echo.run());
  EXPECT_EQ(echo.failures, (std::vector{base::Code::kClosed}));
}

TEST(SimWorld, WhoTalksToAKilledProcessHearsTheEndAndANewOneTakesTheAddress) {
  EchoWorld echo(1);
  echo.world.network().link(kServer).latency = 1s;
  echo.spawn_client(10);
  EXPECT_FALSE(echo.run(2500ms));  // connected, the bytes are under way
  echo.world.kill(*echo.server_loop);
  EXPECT_TRUE(echo.run());
  EXPECT_EQ(echo.failures, (std::vector{base::Code::kClosed}));
  echo.spawn_client(10);
  EXPECT_TRUE(echo.run());
  EXPECT_EQ(echo.failures.back(), base::Code::kRefused);
  auto again = listen(echo.world.add_loop("server, again"), kServer, {});
  EXPECT_TRUE(again.has_value());
  EXPECT_FALSE(listen(*echo.client_loop, kServer, {}).has_value());
}

Task<void> connect_in_vain(Loop* loop, base::Code* code) {
  const auto socket = co_await connect(*loop, kServer, loop->now() + 10s);
  *code = socket ? base::Code::kInternal : socket.error().code;
}

TEST(SimWorld, AKilledProcessReachesNobody) {
  EchoWorld echo(1);
  echo.world.kill(*echo.client_loop);
  base::Code code{};
  TaskScope scope;
  scope.spawn("connect", connect_in_vain(echo.client_loop, &code));
  EXPECT_TRUE(echo.world.run_until([&] { return scope.size() == 0; }, 1h));
  EXPECT_EQ(code, base::Code::kUnreachable);
}

TEST(SimWorld, AnEventComesAtItsTime) {
  SimWorld world(1);
  const base::MonoTime begun = world.now();
  base::MonoTime seen{};
  world.network().call_at(begun + 3s, [&] { seen = world.now(); });
  EXPECT_TRUE(world.run_until([&] { return seen != base::MonoTime{}; }, 1h));
  EXPECT_EQ(seen - begun, 3s);
}

TEST(SimWorld, ADrawnOrderOfTurnsIsRepeatedByItsSeed) {
  const auto orders_of = [](std::uint64_t seed) {
    SimWorld world(seed, SimWorld::Order::kDrawn);
    std::string order;
    for (const char name : {'a', 'b', 'c', 'd'}) {
      world.add_loop(std::string(1, name)).post([&order, name] { order += name; });
    }
    base::ignore(world.run_until([&] { return order.size() == 4; }, 1h), "the order says it");
    return order;
  };
  EXPECT_EQ(orders_of(3), orders_of(3));
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    seen.insert(orders_of(seed));
  }
  EXPECT_GT(seen.size(), 5U);
}

Task<void> watch_kernel_descriptor(Loop* loop, base::Code* code) {
  ForeignDescriptor watched(*loop, 0);
  *code = code_for_test(co_await watched.readable(base::kNever));
}

TEST(SimWorld, DescriptorsOfTheKernelAreNotSupported) {
  SimNetwork network(1);
  auto loop = make_sim_loop(network, "test", 1);
  base::Code code{};
  loop->run_until_done(watch_kernel_descriptor(loop.get(), &code));
  EXPECT_EQ(code, base::Code::kUnsupported);
}

}  // namespace
}  // namespace weft::io
