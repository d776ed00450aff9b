#include "backend.h"

#include "base/text.h"
#include "messages.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace weft::sim {
namespace {

constexpr std::uint16_t kFirstBackendPort = 9000;

std::size_t index_of(const std::vector<std::string>& names, std::string_view name) {
  return static_cast<std::size_t>(std::ranges::find(names, name) - names.begin());
}

std::string response(int status, std::string_view body, bool says_close) {
  return fmt::format("HTTP/1.1 {} Said\r\nContent-Length: {}\r\n{}\r\n{}", status, body.size(),
                     says_close ? "Connection: close\r\n" : "", body);
}

}  // namespace

// A process of it: a loop, a listener, conversations.
struct Backend::Life {
  explicit Life(io::Loop& on) : loop(on) {}

  io::Loop& loop;
  io::Listener listener;
  io::TaskScope scope;
};

Backend::Backend(io::SimWorld& world, Ledger& ledger, const Plan& plan, std::size_t number)
    : world_(world),
      ledger_(ledger),
      plan_(plan.backends[number]),
      service_(index_of(plan.services, plan_.service)),
      address_{
          base::IpAddress::loopback(), static_cast<std::uint16_t>(kFirstBackendPort + number), {}},
      random_(plan.seed * 1000 + number) {}

Backend::~Backend() = default;

void Backend::boot() {
  if (life_) {
    return;
  }
  life_ = std::make_unique<Life>(world_.add_loop(plan_.instance));
  auto listener = io::listen(life_->loop, address_, {});
  if (!listener) {
    ledger_.complain(plan_.instance + " cannot listen");
    return;
  }
  life_->listener = std::move(*listener);
  life_->scope.spawn("accept", accept_all(this, life_.get()));
}

void Backend::kill() {
  if (life_) {
    world_.kill(life_->loop);
    past_.push_back(std::move(life_));
  }
}

io::Task<void> Backend::stop() {
  if (life_) {
    past_.push_back(std::move(life_));
  }
  for (const auto& life : past_) {
    co_await life->scope.stop();
    life->listener.close();
  }
}

io::Task<void> Backend::accept_all(Backend* self, Life* life) {
  for (;;) {
    auto accepted = co_await life->listener.accept();
    if (!accepted) {
      co_return;
    }
    life->scope.spawn("backend", converse(self, life, std::move(accepted->socket)));
  }
}

io::Task<void> Backend::converse(Backend* self, Life* life, io::Socket socket) {
  std::string bytes;
  for (;;) {
    std::size_t end = 0;
    while ((end = scenario::message_end(bytes, true, scenario::Ending::kWithHead)) ==
           std::string::npos) {
      std::array<char, 16384> piece;
      const base::MonoTime patience =
          bytes.empty() ? life->loop.now() + self->plan_.idle_timeout : base::kNever;
      const auto count = co_await socket.recv(piece, patience);
      if (!count || *count == 0) {
        co_return;
      }
      bytes.append(piece.data(), *count);
    }
    const std::size_t head_end = bytes.find(scenario::kHeadEnd);
    const std::string head = bytes.substr(0, head_end + scenario::kLineEnd.size());
    std::string body = bytes.substr(head_end + scenario::kHeadEnd.size(), end - head_end - 4);
    if (!scenario::field_of(head, "Transfer-Encoding").empty()) {
      body = scenario::read_chunks(body).data;
    }
    bytes.erase(0, end);
    const auto wait =
        self->random_.below(static_cast<std::uint64_t>(self->plan_.answers_in.count()) * 2);
    const auto slept = co_await life->loop.sleep_for(base::Nanos(static_cast<std::int64_t>(wait)));
    const auto said = self->answer(head, body);
    if (!slept || !said) {
      co_return;
    }
    const auto sent = co_await socket.send(*said, base::kNever);
    if (!sent || !scenario::field_of(*said, "Connection").empty()) {
      co_return;
    }
  }
}

std::optional<std::string> Backend::answer(std::string_view head, std::string_view body) {
  if (head.starts_with("GET /health ")) {
    return response(200, "fine", false);
  }
  const auto number = base::parse_u64(scenario::field_of(head, "X-Number"));
  const auto service = base::parse_u64(scenario::field_of(head, "X-Service"));
  if (!number || !service) {
    ledger_.complain(fmt::format("{} got a request of nobody: {}", plan_.instance, head));
    return std::nullopt;
  }
  if (*service != service_) {
    ledger_.complain(
        fmt::format("{} got request {} of service {}", plan_.instance, *number, *service));
  }
  if (chance(plan_.drops)) {
    return std::nullopt;  // it came, and nothing was done about it
  }
  const Request* request = ledger_.execute(*number, plan_.instance);
  if (request == nullptr) {
    return std::nullopt;
  }
  if (body != (request->is_post ? request_body(*number) : "")) {
    ledger_.complain(
        fmt::format("{} got other bytes than were sent with request {}", plan_.instance, *number));
  }
  const bool says_close = chance(plan_.says_close);
  if (chance(plan_.fails)) {
    return response(503, "not now", says_close);
  }
  return response(200, answer_body(*number, plan_.instance), says_close);
}

}  // namespace weft::sim
