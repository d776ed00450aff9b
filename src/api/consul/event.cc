#include "api/consul/event.h"

#include "api/consul/reading.h"
#include "api/consul/style.h"
#include "api/consul/wan.h"
#include "api/consul/writing.h"
#include "base/text.h"
#include "base/uuid.h"
#include "model/user_event.h"

#include <algorithm>
#include <utility>

namespace weft::api::consul {
namespace {

using http::Response;
using model::Table;
using model::UserEvent;
using model::View;

// Somebody else may have fired one meanwhile: so often is it tried under a later time.
constexpr int kTriesMax = 64;

json::object encode_event(const UserEvent& event) {
  return {
      {"ID", event.id},
      {"Name", event.name},
      {"Payload", event.payload.data.empty() ? json::value()
                                             : json::value(base::to_base64(event.payload.data))},
      {"NodeFilter", event.node_filter},
      {"ServiceFilter", event.service_filter},
      {"TagFilter", event.tag_filter},
      {"Version", 1},
      {"LTime", event.time}};
}

// The newest one's time; 0 when there is none.
std::uint64_t last_time(const View& view) {
  std::uint64_t last = 0;
  for (const auto& row : view.all<UserEvent>()) {
    last = std::max(last, row->object.time);
  }
  return last;
}

// The event, and the end of those that are too many with it.
std::vector<model::Step> steps_for(const View& view, const UserEvent& event) {
  std::vector<model::Step> steps;
  steps.emplace_back(model::Put{event, model::Condition::absent()});
  const auto& all = view.all<UserEvent>();
  std::size_t surplus =
      all.size() + 1 > model::kUserEventsMax ? all.size() + 1 - model::kUserEventsMax : 0;
  for (auto row = all.begin(); surplus > 0; ++row, --surplus) {
    steps.emplace_back(model::Delete{Table::kEvents, (*row)->object.key, {}});
  }
  return steps;
}

Judged<UserEvent> parse_event(const Request& request) {
  UserEvent event;
  event.name = request.path("name");
  if (event.name.empty()) {
    return refuse(400, "Missing name");
  }
  if (event.name.starts_with('_')) {
    return refuse(400, "Invalid event name: names that start with \"_\" are reserved");
  }
  if (request.context.request.body.size() > model::kUserEventBytesMax) {
    return refuse(413, "Payload exceeds the maximum size");
  }
  event.id = base::make_uuid(request.context.loop.random());
  event.payload.data = request.context.request.body;
  event.node_filter = request.asked.text("node");
  event.service_filter = request.asked.text("service");
  event.tag_filter = request.asked.text("tag");
  return event;
}

io::Task<Judged<Response>> fire(Request* request) {
  WEFT_CO_TRY(UserEvent event, parse_event(*request));
  std::uint64_t time = last_time(request->view());
  for (int tries = 0; tries < kTriesMax; ++tries) {
    event.time = ++time;
    event.key = model::event_key(event.time);
    const auto applied = co_await apply(request, steps_for(request->view(), event));
    if (applied) {
      co_return say(*request, encode_event(event));
    }
    if (applied.error().code != base::Code::kConflict) {
      co_return std::unexpected(refusal_of(applied.error()));
    }
  }
  co_return refuse(503, "too many events at once, try again");
}

// The index of a list of events is made from the id of its newest, and clients make it too.
// Source: Consul, api/event.go (IDToIndex).
std::uint64_t index_of(const UserEvent& event) {
  std::uint64_t out = 0;
  std::string digits = event.id;
  std::erase(digits, '-');
  for (const std::size_t half : {std::size_t{0}, std::size_t{16}}) {
    std::uint64_t value = 0;
    for (const char c : std::string_view(digits).substr(half, 16)) {
      value = value * 16 + static_cast<std::uint64_t>(base::is_digit(c) ? c - '0' : c - 'a' + 10);
    }
    out ^= value;
  }
  return out;
}

struct Listed {
  json::array events;
  std::uint64_t index = 1;
};

Listed listed(const View& view, std::string_view name, Sight& sight) {
  Listed out;
  for (const auto& row : view.all<UserEvent>()) {
    if ((name.empty() || row->object.name == name) &&
        sight.sees(AclResource::kEvent, row->object.name)) {
      out.events.push_back(encode_event(row->object));
      out.index = index_of(row->object);
    }
  }
  return out;
}

// Waits as long as the newest event is the one the client knows.
io::Task<Response> list_events(const Face* face, http::Context* context) {
  const auto asked = parse_asked(*context, face->options.datacenter);
  if (!asked) {
    co_return answer_refusal(asked.error());
  }
  state::State& state = face->parts.state;
  const base::MonoTime end = wait_end(context->loop, asked->wait);
  for (;;) {
    Sight sight(policy_of(*face, *context));
    Listed now = listed(*state.view(), asked->text("name"), sight);
    if (asked->index == 0 || asked->index != now.index || context->loop.now() >= end) {
      add_index_headers(*context, *asked, now.index);
      note_hidden(sight, *context);
      co_return json_reply(now.events, asked->is_pretty);
    }
    const auto woken = co_await state.feed().wait_for_change(
        state::Interest::of_table(Table::kEvents), state.feed().index(), end);
    if (!woken && woken.error().code != base::Code::kTimeout) {
      co_return answer_refusal(refusal_of(woken.error()));
    }
  }
}

}  // namespace

void add_event_routes(http::Router& router, const http::FaceStyle& style, const Face& face) {
  add_writing(router, style, face, "PUT", "/v1/event/fire/{name}", fire);
  add_route(
      router, style, face,
      http::raw_route("GET", "/v1/event/list", {.tag = "consul", .is_hidden = true},
                      [f = &face](http::Context& context) { return list_events(f, &context); }));
}

}  // namespace weft::api::consul
