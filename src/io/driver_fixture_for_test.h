// Loops on every driver this machine offers, and pairs of connected streams on them, for tests.
#pragma once

#include "base/check.h"
#include "io/loop.h"
#include "io/sim_world.h"
#include "io/socket.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weft::io {

// The drivers that talk to the kernel.
inline std::vector<const char*> real_driver_names_for_test() {
  return make_driver(DriverKind::kUring) ? std::vector<const char*>{"epoll", "uring"}
                                         : std::vector<const char*>{"epoll"};
}

inline std::vector<const char*> driver_names_for_test() {
  auto names = real_driver_names_for_test();
  names.push_back("sim");
  return names;
}

// The network of sim loops; one for all of them, so that it outlives each.
inline SimNetwork& sim_network_for_test() {
  static SimNetwork network(1);
  return network;
}

inline std::unique_ptr<Loop> make_loop_for_test(std::string_view driver) {
  if (driver == "sim") {
    return make_sim_loop(sim_network_for_test(), "test", 1);
  }
  auto made = make_driver(*parse_driver_kind(driver));
  WEFT_ASSERT(made);
  return std::make_unique<Loop>(std::move(*made), "test", 1);
}

// Two ends of one stream.
struct StreamPair {
  Socket client;
  Socket server;
};

inline Task<void> connect_pair_into(Loop* loop, Listener* listener, StreamPair* out) {
  const base::MonoTime deadline = loop->now() + base::Seconds(5);
  auto client = co_await connect(*loop, listener->local_address(), deadline);
  EXPECT_TRUE(client);
  auto server = co_await listener->accept();
  EXPECT_TRUE(server);
  if (client && server) {
    *out = StreamPair{std::move(*client), std::move(server->socket)};
  }
}

inline StreamPair make_pair_for_test(Loop& loop) {
  auto listener = listen(loop, *base::parse_socket_address("127.0.0.1:0"), {});
  StreamPair pair;
  loop.run_until_done(connect_pair_into(&loop, &*listener, &pair));
  return pair;
}

inline Task<void> join_both(Task<void> a, Task<void> b) {
  TaskScope scope;
  scope.spawn("a", std::move(a));
  scope.spawn("b", std::move(b));
  co_await scope.join();
}

// Sleeps, then cancels what runs in `scope` and waits for its end.
inline Task<void> stop_after(Loop* loop, TaskScope* scope, base::Nanos delay) {
  const auto slept = co_await loop->sleep_for(delay);
  EXPECT_TRUE(slept);
  co_await scope->stop();
}

// Outcomes of waits, by value, for tasks that a test looks at afterwards.
inline base::Code code_for_test(const base::Result<std::size_t>& result) {
  return result ? base::Code::kInternal : result.error().code;
}
inline base::Code code_for_test(const base::Result<>& result) {
  return result ? base::Code::kInternal : result.error().code;
}

inline Task<void> accept_into_code(Listener* listener, base::Code* code) {
  const auto accepted = co_await listener->accept();
  *code = accepted ? base::Code::kInternal : accepted.error().code;
}

inline Task<void> send_text(Socket* socket, std::string text) {
  const auto sent = co_await socket->send(text, base::kNever);
  EXPECT_TRUE(sent);
}

}  // namespace weft::io
