#include "node/demo_watch.h"

#include "node/demo_api.h"

#include <fmt/format.h>

namespace weft::node {

using namespace std::chrono_literals;

io::Task<Told<>> DemoWatch::start() {
  http::WebSocketRequest request;
  const auto address = base::parse_socket_address(node_.to_string());
  if (!address) {
    co_return tell(fmt::format("{} is no address", node_.to_string()));
  }
  request.to = *address;
  request.host = node_.to_string();
  request.target = "/ws/ui";
  request.deadline = loop_.now() + 3s;
  auto opened = co_await http::open_websocket(&loop_, std::move(request), {});
  if (!opened) {
    co_return tell(
        fmt::format("ws://{}/ws/ui: {}", node_.to_string(), base::describe(opened.error())));
  }
  client_ = std::move(*opened);
  client_->socket().post(R"({"op":"subscribe","topic":"overview","filter":{}})");
  receiving_.spawn("demo watch", receive(this));
  const auto first = co_await wait_until([this] { return has_snapshot_; }, loop_.now() + 3s);
  if (!first) {
    co_return tell(fmt::format("ws://{}/ws/ui sends no snapshot", node_.to_string()));
  }
  co_return Told<>();
}

io::Task<void> DemoWatch::stop() {
  if (client_) {
    client_->socket().cut(wire::CloseCode::kNormal, "");
  }
  co_await receiving_.stop();
  if (client_) {
    co_await client_->socket().finish();
  }
}

io::Task<void> DemoWatch::receive(DemoWatch* watch) {
  for (;;) {
    const auto message = co_await watch->client_->socket().receive();
    if (!message) {
      break;
    }
    watch->read_frame(message->payload);
    watch->changed_.notify_all();
  }
  watch->is_lost_ = true;
  watch->changed_.notify_all();
}

// A snapshot replaces everything, a delta what it names.
void DemoWatch::read_frame(const std::string& text) {
  const auto frame = base::parse_json(text);
  if (!frame) {
    return;
  }
  const std::string_view op = text_at(*frame, {"op"});
  const json::value& data = at(*frame, {"data"});
  if (op == "snapshot") {
    shown_.clear();
    read_services(at(data, {"services"}));
    has_snapshot_ = true;
  } else if (op == "delta") {
    const json::value& removed = at(data, {"services", "removed"});
    if (const auto* names = removed.if_array()) {
      for (const json::value& name : *names) {
        shown_.erase(std::string(text_at(name, {})));
      }
    }
    read_services(at(data, {"services", "changed"}));
  }
  if (const json::value& totals = at(data, {"totals"}); totals.is_object()) {
    services_total_ = static_cast<std::uint64_t>(number_at(totals, {"services"}));
    services_healthy_ = static_cast<std::uint64_t>(number_at(totals, {"healthy"}));
  }
}

void DemoWatch::read_services(const json::value& list) {
  if (const auto* services = list.if_array()) {
    for (const json::value& service : *services) {
      shown_[std::string(text_at(service, {"name"}))] = service;
    }
  }
}

std::string DemoWatch::status_of(const std::string& service, const std::string& instance) const {
  const auto found = shown_.find(service);
  const auto* instances =
      found == shown_.end() ? nullptr : at(found->second, {"instances"}).if_array();
  if (instances != nullptr) {
    for (const json::value& one : *instances) {
      if (text_at(one, {"id"}) == instance) {
        return std::string(text_at(one, {"status"}));
      }
    }
  }
  return "";
}

io::Task<std::optional<base::MonoTime>> DemoWatch::wait_until(std::function<bool()> seen,
                                                              base::MonoTime deadline) {
  while (!seen()) {
    if (is_lost_) {
      co_return std::nullopt;
    }
    if (const auto woken = co_await changed_.wait(deadline); !woken) {
      co_return std::nullopt;
    }
  }
  co_return loop_.now();
}

}  // namespace weft::node
