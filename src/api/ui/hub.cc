#include "api/ui/hub.h"

#include <fmt/format.h>

namespace weft::api::ui {
namespace {

using namespace std::chrono_literals;

constexpr base::Nanos kPace = 250ms;     // at most four frames a second
constexpr base::Nanos kSilenceMax = 1s;  // at least one
constexpr std::string_view kTopic = "overview";

std::string error_frame(std::string message) {
  return json::serialize(json::object{{"op", "error"}, {"message", std::move(message)}});
}

std::string_view text_of(const json::object& frame, std::string_view key) {
  const auto* value = frame.if_contains(key);
  return value != nullptr && value->is_string() ? std::string_view(value->get_string())
                                                : std::string_view();
}

base::WallTime newest_point(const json::array& points, base::WallTime fallback) {
  if (points.empty()) {
    return fallback;
  }
  return base::parse_rfc3339(points.back().at("time").get_string()).value_or(fallback);
}

// What of `now` is not as in `before`.
json::object difference(const Overview& before, const Overview& now) {
  json::array changed;
  json::array removed;
  for (const auto& [name, service] : now.services) {
    const auto known = before.services.find(name);
    if (known == before.services.end() || known->second != service) {
      changed.push_back(service);
    }
  }
  for (const auto& [name, service] : before.services) {
    if (!now.services.contains(name)) {
      removed.emplace_back(name);
    }
  }
  json::object out;
  if (!changed.empty() || !removed.empty()) {
    out["services"] = {{"changed", std::move(changed)}, {"removed", std::move(removed)}};
  }
  if (before.totals != now.totals) {
    out["totals"] = now.totals;
  }
  return out;
}

}  // namespace

void Hub::start() { tasks_.spawn("ui hub", keep_looking(this)); }

io::Task<void> Hub::stop() {
  for (Page* page : pages_) {
    page->socket->cut(wire::CloseCode::kGoingAway, "the node stops");
  }
  co_await tasks_.stop();
}

io::Task<void> Hub::keep_looking(Hub* hub) {
  for (;;) {
    if (const auto slept = co_await hub->parts_.loop.sleep_for(kPace); !slept) {
      co_return;
    }
    if (hub->has_subscribers()) {
      hub->look_again();
    }
  }
}

bool Hub::has_subscribers() const {
  for (const Page* page : pages_) {
    if (page->subscribed) {
      return true;
    }
  }
  return false;
}

io::Task<void> Hub::serve(http::WebSocket& socket) {
  Page page{&socket};
  pages_.insert(&page);
  for (;;) {
    const auto message = co_await socket.receive();
    if (!message) {
      break;
    }
    if (!message->is_text) {
      socket.close(wire::CloseCode::kUnsupportedData, "text frames only");
      continue;
    }
    read_frame(page, message->payload);
  }
  pages_.erase(&page);
}

void Hub::read_frame(Page& page, std::string_view text) {
  const auto parsed = base::parse_json(text);
  if (!parsed || !parsed->is_object()) {
    page.socket->post(error_frame("expected a JSON object"));
    return;
  }
  const json::object& frame = parsed->get_object();
  const std::string_view op = text_of(frame, "op");
  if (op == "ping") {
    page.socket->post(R"({"op":"pong"})");
    return;
  }
  if (op != "subscribe" && op != "unsubscribe") {
    page.socket->post(error_frame(fmt::format("unknown op \"{}\"", op)));
    return;
  }
  if (const std::string_view topic = text_of(frame, "topic"); topic != kTopic) {
    page.socket->post(error_frame(fmt::format("unknown topic \"{}\"", topic)));
    return;
  }
  if (op == "unsubscribe") {
    page.subscribed = false;
    return;
  }
  look_if_unwatched();
  page.subscribed = true;
  send_snapshot(page);
}

// Nobody watched, so the last look is old: begin anew.
void Hub::look_if_unwatched() {
  if (has_subscribers()) {
    return;
  }
  last_ = look(parts_);
  last_point_ = newest_point(series_after(parts_, last_point_), last_point_);
  ++index_;
}

// A snapshot shows the last look, so that the next delta continues it for everybody.
void Hub::send_snapshot(Page& page) {
  page.socket->post(snapshot_frame());
  page.index = index_;
}

std::string Hub::snapshot_frame() {
  json::array services;
  for (const auto& [name, service] : last_.services) {
    services.push_back(service);
  }
  json::array points = series_after(parts_, base::WallTime());
  while (!points.empty() && newest_point(points, last_point_) > last_point_) {
    points.pop_back();  // comes with the next delta
  }
  return json::serialize(
      json::object{{"op", "snapshot"},
                   {"topic", kTopic},
                   {"epoch", parts_.node.epoch},
                   {"index", index_},
                   {"time", base::format_rfc3339(parts_.loop.wall_now())},
                   {"data",
                    {{"node", node_with_uptime(parts_, last_.node)},
                     {"totals", last_.totals},
                     {"services", std::move(services)},
                     {"series", {{"step_seconds", 1}, {"points", std::move(points)}}}}}});
}

void Hub::look_again() {
  Overview now = look(parts_);
  json::object data = difference(last_, now);
  if (last_.node != now.node) {
    data["node"] = node_with_uptime(parts_, now.node);
  }
  json::array points = series_after(parts_, last_point_);
  if (!points.empty()) {
    last_point_ = newest_point(points, last_point_);
    data["series"] = std::move(points);
  }
  const base::MonoTime time = parts_.loop.now();
  if (data.empty() && time - last_sent_ < kSilenceMax) {
    return;
  }
  last_ = std::move(now);
  last_sent_ = time;
  const std::uint64_t from = index_++;
  send_to_all(std::make_shared<const std::string>(
      json::serialize(json::object{{"op", "delta"},
                                   {"topic", kTopic},
                                   {"epoch", parts_.node.epoch},
                                   {"index", index_},
                                   {"from", from},
                                   {"time", base::format_rfc3339(parts_.loop.wall_now())},
                                   {"data", std::move(data)}})));
}

// A page that has not taken its last frame is left out and gets a snapshot once it has.
void Hub::send_to_all(const std::shared_ptr<const std::string>& delta) {
  for (Page* page : pages_) {
    if (!page->subscribed || !page->socket->queue().empty()) {
      continue;
    }
    if (page->index + 1 == index_) {
      page->socket->post(delta);
      page->index = index_;
    } else {
      send_snapshot(*page);
    }
  }
}

}  // namespace weft::api::ui
