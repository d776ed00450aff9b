// A whole gateway loop in a simulated world, with scripted backends and raw clients around it.
#pragma once

#include "io/sim_world.h"
#include "io/socket.h"
#include "proxy/index_for_test.h"
#include "proxy/worker.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace weft::proxy {

using namespace std::chrono_literals;

// Answers requests by a script and keeps what it was sent.
class FakeBackend final {
 public:
  // Gets one request's bytes (head, and body when it has a length), returns the answer's bytes.
  // An empty answer closes the connection; kHang answers never.
  using Script = std::function<std::string(const std::string& request)>;
  static constexpr const char* kHang = "<hang>";

  FakeBackend(io::Loop& loop, std::uint16_t port, Script script)
      : loop_(loop), script_(std::move(script)) {
    auto listener = io::listen(loop, {base::IpAddress::loopback(), port, {}}, {});
    EXPECT_TRUE(listener);
    listener_ = std::move(*listener);
    scope_.spawn("backend", accept(this));
  }

  io::Task<void> stop() {
    co_await scope_.stop();
    listener_.close();
  }

  std::vector<std::string> requests;  // as received, in order
  std::size_t connections = 0;
  bool closes_after_answer = false;
  bool answers_early = false;  // as soon as it has the head

 private:
  static io::Task<void> accept(FakeBackend* self) {
    for (;;) {
      auto accepted = co_await self->listener_.accept();
      if (!accepted) {
        co_return;
      }
      ++self->connections;
      self->scope_.spawn("backend connection", serve(self, std::move(accepted->socket)));
    }
  }

  // One whole request at the front of `bytes`, or 0. Chunked bodies end at their last chunk.
  std::size_t request_size(const std::string& bytes) const {
    const std::size_t head = bytes.find("\r\n\r\n");
    if (head == std::string::npos) {
      return 0;
    }
    if (answers_early) {
      return head + 4;
    }
    if (bytes.find("Transfer-Encoding: chunked") < head) {
      const std::size_t end = bytes.find("0\r\n\r\n", head + 4);
      return end == std::string::npos ? 0 : end + 5;
    }
    const std::size_t at = bytes.find("Content-Length: ");
    const std::size_t length = at < head ? std::stoul(bytes.substr(at + 16)) : 0;
    return bytes.size() >= head + 4 + length ? head + 4 + length : 0;
  }

  static io::Task<void> serve(FakeBackend* self, io::Socket socket) {
    std::string bytes;
    for (;;) {
      const std::size_t size = self->request_size(bytes);
      if (size > 0) {
        self->requests.push_back(bytes.substr(0, size));
        bytes.erase(0, size);
        const std::string answer = self->script_(self->requests.back());
        if (answer == kHang) {
          static_cast<void>(co_await self->loop_.sleep_for(3600s));
          co_return;
        }
        if (answer.empty()) {
          co_return;
        }
        const auto sent = co_await socket.send(answer, self->loop_.now() + 3600s);
        if (!sent || self->closes_after_answer) {
          co_return;
        }
        continue;
      }
      std::array<char, 16384> piece;
      const auto count = co_await socket.recv(piece, self->loop_.now() + 3600s);
      if (!count || *count == 0) {
        co_return;
      }
      bytes.append(piece.data(), *count);
    }
  }

  io::Loop& loop_;
  Script script_;
  io::Listener listener_;
  io::TaskScope scope_;
};

// What a client says on one connection, and what came back.
struct Talk {
  std::string request{};
  std::string until{};  // the end of the answer it waits for; empty: until the connection closes
  base::Nanos patience = 100s;
  std::string answer{};
  bool done = false;
};

// Records and counts what one worker does; backends are 127.0.0.1:9001, 9002 ...
class GatewayTest : public testing::Test {
 public:
  static constexpr std::uint16_t kPort = 8080;

  ~GatewayTest() override {
    bool stopped = false;
    io::TaskScope scope;
    scope.spawn("stop", stop_all(this, &stopped));
    EXPECT_TRUE(world.run_until([&] { return stopped; }, 600s));
    EXPECT_EQ(loop.buffers().in_use(), 0U);
  }

  FakeBackend& add_backend(FakeBackend::Script script) {
    const auto port = static_cast<std::uint16_t>(9001 + backends.size());
    backends.push_back(std::make_unique<FakeBackend>(outside, port, std::move(script)));
    return *backends.back();
  }

  void start(const std::vector<std::uint16_t>& ports, model::ClusterSettings settings = {}) {
    WorkerSinks sinks;
    sinks.records = [this](std::vector<model::Record> batch) {
      records.insert(records.end(), batch.begin(), batch.end());
    };
    sinks.access = access.get();
    sinks.meters = &meters;
    worker = std::make_unique<Worker>(loop, 0, options, std::move(sinks));
    publish(ports, std::move(settings));
    ASSERT_TRUE(worker->listen({base::IpAddress::loopback(), kPort, {}}));
  }

  void publish(const std::vector<std::uint16_t>& ports, model::ClusterSettings settings = {},
               model::Health health = model::Health::kPassing) {
    worker->adopt(index_of_web(ports, std::move(settings), health));
  }

  // Sends `request` on one connection and returns everything that came back until it ends with
  // `until`, the connection closed, or `patience` passed.
  std::string talk(std::string request, std::string until, base::Nanos patience = 100s) {
    Talk talk{.request = std::move(request), .until = std::move(until), .patience = patience};
    io::TaskScope scope;
    scope.spawn("client", converse(&outside, &talk));
    EXPECT_TRUE(world.run_until([&] { return talk.done; }, patience + 10s));
    return talk.answer;
  }

  static io::Task<void> converse(io::Loop* loop, Talk* talk) {
    const base::MonoTime deadline = loop->now() + talk->patience;
    // Named: g++ 12 copies a braced temporary of a co_await bit by bit.
    const base::SocketAddress gateway{base::IpAddress::loopback(), kPort, {}};
    auto socket = co_await io::connect(*loop, gateway, deadline);
    EXPECT_TRUE(socket);
    base::Result<void> sent = base::fail(base::Code::kRefused, "not connected");
    if (socket) {
      sent = co_await socket->send(talk->request, deadline);
    }
    if (sent) {
      std::array<char, 16384> piece;
      while (talk->until.empty() || !talk->answer.ends_with(talk->until)) {
        const auto count = co_await socket->recv(piece, deadline);
        if (!count || *count == 0) {
          break;
        }
        talk->answer.append(piece.data(), *count);
      }
    }
    talk->done = true;
  }

  static io::Task<void> stop_all(GatewayTest* test, bool* stopped) {
    if (test->worker) {
      co_await test->worker->stop();
    }
    for (const auto& backend : test->backends) {
      co_await backend->stop();
    }
    *stopped = true;
  }

  // How often a limit said no, as the meters have it.
  std::uint64_t reached(std::string_view limit) const {
    for (const base::MeterFamily& family : meters.collect()) {
      for (const base::MeterSample& sample : family.samples) {
        if (family.info.name == "weft_limit_reached_total" &&
            sample.labels == base::MeterLabels{{"limit", std::string(limit)}}) {
          return std::get<std::uint64_t>(sample.value);
        }
      }
    }
    return 0;
  }

  base::MeterRegistry meters;
  io::SimWorld world{1};
  io::Loop& loop = world.add_loop("gateway");
  io::Loop& outside = world.add_loop("outside");
  WorkerOptions options;
  std::vector<std::unique_ptr<FakeBackend>> backends;
  std::unique_ptr<AccessRing> access;  // null: no access log
  std::unique_ptr<Worker> worker;
  std::vector<model::Record> records;
};

inline std::string answer_with(std::string_view body, std::string_view fields = "") {
  return "HTTP/1.1 200 OK\r\n" + std::string(fields) +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace weft::proxy
