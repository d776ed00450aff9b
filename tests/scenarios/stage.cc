#include "stage.h"

#include "base/text.h"
#include "io/sim_world.h"
#include "io/socket.h"
#include "messages.h"
#include "proxy/index_for_test.h"
#include "proxy/worker.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <memory>

namespace weft::scenario {
namespace {

constexpr std::uint16_t kGatewayPort = 8080;
constexpr std::uint16_t kBackendPort = 9001;
constexpr base::Nanos kLongTime = base::Seconds(3600);
constexpr std::string_view kGoodAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

base::SocketAddress at_port(std::uint16_t port) { return {base::IpAddress::loopback(), port, {}}; }

// Takes the scenario's part of the backend, on every connection it gets.
class Backend final {
 public:
  Backend(io::Loop& loop, const Scenario& scenario, Seen& seen)
      : loop_(loop), scenario_(scenario), seen_(seen) {
    auto listener = io::listen(loop, at_port(kBackendPort), {});
    WEFT_ASSERT(listener);
    listener_ = std::move(*listener);
    scope_.spawn("backend", accept(this));
  }

  io::Task<void> stop() { co_await scope_.stop(); }

 private:
  static io::Task<void> accept(Backend* self) {
    for (;;) {
      auto accepted = co_await self->listener_.accept();
      if (!accepted) {
        co_return;
      }
      self->scope_.spawn("backend connection", serve(self, std::move(accepted->socket)));
    }
  }

  static io::Task<void> serve(Backend* self, io::Socket socket) {
    std::string bytes;
    bool has_answered = false;
    for (;;) {
      const std::size_t end = message_end(bytes, true, Ending::kWithHead);
      const bool is_whole = end != std::string::npos;
      if (is_whole) {
        self->seen_.requests.push_back(bytes.substr(0, end));
        bytes.erase(0, end);
      }
      if (!has_answered &&
          (is_whole || (self->scenario_.backend_early && bytes.contains(kHeadEnd)))) {
        const bool goes_on = co_await self->answer(&socket);
        if (!goes_on) {
          break;
        }
        has_answered = true;
      }
      if (is_whole) {
        has_answered = false;
        continue;
      }
      std::array<char, 16384> piece;
      const auto count = co_await socket.recv(piece, self->loop_.now() + kLongTime);
      if (!count || *count == 0) {
        break;
      }
      bytes.append(piece.data(), *count);
    }
    self->seen_.rest += bytes;
  }

  // Returns: false when the connection is to be closed.
  io::Task<bool> answer(io::Socket* socket) {
    if (scenario_.backend.empty()) {
      const auto sent = co_await socket->send(kGoodAnswer, loop_.now() + kLongTime);
      co_return sent.has_value();
    }
    for (const Piece& piece : scenario_.backend) {
      base::ignore(co_await loop_.sleep_for(piece.pause), "ends either way");
      if (!piece.bytes.empty()) {
        const auto sent = co_await socket->send(piece.bytes, loop_.now() + kLongTime);
        if (!sent) {
          co_return false;
        }
      }
    }
    co_return !scenario_.backend_closes;
  }

  io::Loop& loop_;
  const Scenario& scenario_;
  Seen& seen_;
  io::Listener listener_;
  io::TaskScope scope_;
};

// Takes the scenario's part of the client: speaks and listens at the same time.
class Client final {
 public:
  Client(io::Loop& loop, const Scenario& scenario, Pace pace, Seen& seen)
      : loop_(loop), scenario_(scenario), pace_(pace), seen_(seen) {
    scope_.spawn("client", run(this));
  }

  bool has_ended() const { return scope_.size() == 0; }
  io::Task<void> stop() { co_await scope_.stop(); }

 private:
  static io::Task<void> run(Client* self) {
    const base::SocketAddress gateway = at_port(kGatewayPort);
    auto socket = co_await io::connect(self->loop_, gateway, self->loop_.now() + kLongTime);
    WEFT_ASSERT(socket);
    self->socket_ = std::move(*socket);
    io::TaskScope speech;
    speech.spawn("client speaks", speak(self));
    co_await self->listen();
    co_await speech.stop();
    self->socket_.close();
  }

  static io::Task<void> speak(Client* self) {
    for (const Piece& piece : self->scenario_.client) {
      base::ignore(co_await self->loop_.sleep_for(piece.pause), "ends either way");
      std::string_view left = piece.bytes;
      while (!left.empty()) {
        const std::string_view step = left.substr(0, self->step_bytes());
        left.remove_prefix(step.size());
        const auto sent = co_await self->socket_.send(step, self->loop_.now() + kLongTime);
        if (!sent) {
          self->has_spoken_ = true;
          co_return;
        }
        if (self->pace_ != Pace::kAtOnce) {
          base::ignore(co_await self->loop_.sleep_for(base::Millis(1)), "ends either way");
        }
      }
    }
    if (self->scenario_.client_ends) {
      self->socket_.shutdown_write();
    }
    self->has_spoken_ = true;
  }

  std::size_t step_bytes() const {
    constexpr std::size_t kPieceBytes = 331;
    return pace_ == Pace::kAtOnce ? std::string::npos : pace_ == Pace::kByByte ? 1 : kPieceBytes;
  }

  // Until the connection has ended, or nothing came for a while after all was said.
  io::Task<void> listen() {
    for (;;) {
      std::array<char, 16384> piece;
      const auto count = co_await socket_.recv(piece, loop_.now() + scenario_.patience);
      if (!count && count.error().code == base::Code::kTimeout && !has_spoken_) {
        continue;
      }
      if (!count || *count == 0) {
        seen_.closed = count || count.error().code != base::Code::kTimeout;
        co_return;
      }
      seen_.client.append(piece.data(), *count);
    }
  }

  io::Loop& loop_;
  const Scenario& scenario_;
  const Pace pace_;
  Seen& seen_;
  io::Socket socket_;
  bool has_spoken_ = false;
  io::TaskScope scope_;
};

// The statuses of the answers a client got; -1 for bytes that are no answer.
std::vector<int> statuses_of(std::string_view bytes, bool bodiless) {
  std::vector<int> out;
  while (!bytes.empty()) {
    const auto status = base::parse_u64(bytes.substr(std::min<std::size_t>(9, bytes.size()), 3));
    if (!bytes.starts_with("HTTP/1.1 ") || !status) {
      out.push_back(-1);
      break;
    }
    const bool has_body = !bodiless && *status >= 200 && *status != 204 && *status != 304;
    const std::size_t end = message_end(bytes, has_body, Ending::kWithConnection);
    out.push_back(static_cast<int>(*status));
    bytes.remove_prefix(std::min(end, bytes.size()));
    if (*status == 101) {
      break;
    }
  }
  return out;
}

// All that the backend got, as it came, and the data of its chunks put together.
std::string all_of_backend(const Seen& seen) {
  std::string out = seen.rest;
  for (const std::string_view request : seen.requests) {
    const std::size_t body = request.find(kHeadEnd) + kHeadEnd.size();
    const std::string_view head = request.substr(0, body);
    out += request;
    if (!field_of(head, "Transfer-Encoding").empty()) {
      out.append(head).append(read_chunks(request.substr(body)).data);
    }
  }
  return out;
}

std::string_view state_name(bool closed) { return closed ? "closed" : "open"; }

io::Task<void> end_all(Client* client, Backend* backend, proxy::Worker* worker, bool* ended) {
  co_await client->stop();
  co_await worker->stop();
  co_await backend->stop();
  *ended = true;
}

}  // namespace

std::string_view pace_name(Pace pace) {
  switch (pace) {
    case Pace::kAtOnce:
      return "at once";
    case Pace::kByByte:
      return "byte by byte";
    case Pace::kByPieces:
      return "in pieces";
  }
  return "";
}

Seen perform(const Scenario& scenario, Pace pace) {
  Seen seen;
  io::SimWorld world(1);
  io::Loop& gateway = world.add_loop("gateway");
  io::Loop& outside = world.add_loop("outside");
  proxy::Worker worker(gateway, 0, {}, {});
  worker.adopt(proxy::index_of_web({kBackendPort}));
  WEFT_ASSERT(worker.listen(at_port(kGatewayPort)));
  Backend backend(outside, scenario, seen);
  Client client(outside, scenario, pace, seen);
  WEFT_ASSERT(world.run_until([&] { return client.has_ended(); }, kLongTime));
  bool ended = false;
  io::TaskScope scope;
  scope.spawn("end", end_all(&client, &backend, &worker, &ended));
  WEFT_ASSERT(world.run_until([&] { return ended; }, kLongTime));
  return seen;
}

std::vector<std::string> judge(const Scenario& scenario, const Seen& seen) {
  std::vector<std::string> out;
  const std::vector<int> statuses = statuses_of(seen.client, scenario.bodiless);
  if (scenario.statuses && statuses != *scenario.statuses) {
    out.push_back(fmt::format("the client got [{}], expected [{}]", fmt::join(statuses, " "),
                              fmt::join(*scenario.statuses, " ")));
  }
  if (scenario.closed && seen.closed != *scenario.closed) {
    out.push_back(fmt::format("the client's connection is {} in the end, expected {}",
                              state_name(seen.closed), state_name(*scenario.closed)));
  }
  if (scenario.requests && seen.requests.size() != *scenario.requests) {
    out.push_back(fmt::format("the backend got {} requests, expected {}", seen.requests.size(),
                              *scenario.requests));
  }
  const std::string backend = all_of_backend(seen);
  for (const Sight& sight : scenario.sights) {
    const bool is_clients = sight.by == Player::kClient;
    if ((is_clients ? seen.client : backend).contains(sight.text) != sight.wanted) {
      out.push_back(fmt::format("the {} {} '{}'", is_clients ? "client" : "backend",
                                sight.wanted ? "did not see" : "saw", as_script(sight.text)));
    }
  }
  return out;
}

}  // namespace weft::scenario
