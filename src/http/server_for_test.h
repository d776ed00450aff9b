// A server in a simulated network, and clients that send bytes by a script.
#pragma once

#include "http/server.h"
#include "io/sim_world.h"

#include <gtest/gtest.h>

#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::http {

// What a scripted client sends, with a pause before each further piece.
struct ClientScript {
  std::vector<std::string> pieces = {};
  base::Nanos pause{0};
  base::Nanos patience = base::Seconds(300);  // waits so long for the server to end
};

// What came back: the bytes, and when and how the server ended.
struct ClientTale {
  std::string received = {};
  bool is_ended = false;  // the server closed; false: patience ran out
  base::Nanos took{0};
};

inline io::Task<void> play(io::Loop* loop, base::SocketAddress to, ClientScript script,
                           ClientTale* tale) {
  const base::MonoTime start = loop->now();
  auto socket = co_await io::connect(*loop, to, start + base::Seconds(5));
  if (!socket) {
    tale->is_ended = true;
    co_return;
  }
  for (std::size_t i = 0; i < script.pieces.size(); ++i) {
    if (i > 0) {
      base::ignore(co_await loop->sleep_for(script.pause), "a pause is only a pause");
    }
    const auto sent = co_await socket->send(script.pieces[i], loop->now() + base::Seconds(300));
    if (!sent) {
      break;
    }
  }
  const base::MonoTime deadline = loop->now() + script.patience;
  std::string chunk(16 * 1024, '\0');
  for (;;) {
    const auto count = co_await socket->recv({chunk.data(), chunk.size()}, deadline);
    if (!count || *count == 0) {
      tale->is_ended = !count ? count.error().code != base::Code::kTimeout : true;
      break;
    }
    tale->received.append(chunk, 0, *count);
  }
  tale->took = loop->now() - start;
}

inline io::Task<void> await_stop(Server* server, base::MonoTime deadline) {
  co_await server->stop(deadline);
}

class ServerForTest : public testing::Test {
 protected:
  // The server under test; made by the first call, with the options as they are then.
  Server& server() {
    if (!server_) {
      server_ = std::make_unique<Server>(ServerParts{*loop_, dispatcher_, log_, meters_}, options_);
      const auto bound = server_->listen(*base::parse_socket_address("127.0.0.1:0"));
      EXPECT_TRUE(bound.has_value());
      address_ = *bound;
    }
    return *server_;
  }
  ClientTale talk(ClientScript script) {
    server();
    ClientTale tale;
    loop_->run_until_done(play(loop_.get(), address_, std::move(script), &tale));
    return tale;
  }
  // One request whose connection the server is asked to end.
  std::string ask(std::string request) { return talk({.pieces = {std::move(request)}}).received; }

  void TearDown() override {
    if (server_) {
      loop_->run_until_done(await_stop(server_.get(), loop_->now()));
      EXPECT_EQ(server_->connections(), 0U);
    }
  }
  std::uint64_t reached(std::string_view limit) const {
    for (const base::MeterFamily& family : meters_.collect()) {
      for (const base::MeterSample& sample : family.samples) {
        if (family.info.name == "weft_limit_reached_total" &&
            sample.labels == base::MeterLabels{{"limit", std::string(limit)}}) {
          return std::get<std::uint64_t>(sample.value);
        }
      }
    }
    return 0;
  }

  io::SimNetwork network_{1};
  std::unique_ptr<io::Loop> loop_ = io::make_sim_loop(network_, "test", 1);
  base::MeterRegistry meters_;
  std::ostringstream lines_;
  base::Log log_{{.queue_lines = 0}, lines_};
  DetailStyle style_;
  Router router_{style_};
  Dispatcher dispatcher_{router_};
  ServerOptions options_;
  base::SocketAddress address_;
  std::unique_ptr<Server> server_;
};

}  // namespace weft::http
