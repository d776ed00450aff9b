#include "api/mesh/change_streams.h"

#include "api/kit/past_view.h"
#include "api/kit/shown_change.h"
#include "base/described_encode.h"
#include "http/endpoint.h"
#include "http/websocket_server.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace weft::api::mesh {
namespace {

using base::Code;
using base::Result;
using http::Context;

using namespace std::chrono_literals;

constexpr base::MeterInfo kSlow{"weft_change_stream_slow_clients_total",
                                "Streams of changes closed because their client took nothing"};
constexpr base::MeterInfo kClients{"weft_change_stream_clients",
                                   "Streams of changes that are open"};

constexpr std::size_t kClientBytesMax = 4 * 1024;  // it has nothing to say
constexpr std::size_t kCatchUpMax = 64;            // changes read from the store at a time
// While a queue is full it is looked at this often.
constexpr base::Nanos kRoomInterval = 5ms;
// A stream counts as a wait for a change (limits.watchers), and looks up this often.
constexpr base::Nanos kStreamWait = 15s;

struct StreamQuestion {
  std::optional<std::string> since;
  std::vector<model::Table> table;

  static constexpr auto kFields = base::fields(
      base::field("since").in_query().about("changes after this index or time; absent: from now"),
      base::field("table").in_query().length(0, model::kTableCount).about("only of these tables"));
};
BOOST_DESCRIBE_STRUCT(StreamQuestion, (), (since, table))

http::WebSocketOptions stream_options(const kit::Parts& parts) {
  http::WebSocketOptions options = http::websocket_options(parts.limits);
  options.message_bytes = std::min(options.message_bytes, kClientBytesMax);
  options.overflow = http::QueueOverflow::kClose;
  options.progress_timeout *= 2;  // we say why before the socket just ends
  return options;
}

// Decoded twice, before and after the upgrade: it is good the second time.
std::optional<http::Problem> decode(const Context& context, StreamQuestion& question) {
  return http::endpoints::decode_request(context, &question,
                                         base::described::struct_of<StreamQuestion>());
}

}  // namespace

ChangeStreams::ChangeStreams(const kit::Parts& parts)
    : parts_(parts),
      options_(stream_options(parts)),
      patience_(parts.limits.time(base::Limit::kStallMillis)),
      group_(parts.meters),
      slow_(group_.counter(kSlow)),
      clients_(group_.gauge(kClients)) {}

void ChangeStreams::add_route(http::Router& router, const http::FaceStyle& style) {
  http::Route route = http::websocket_route(
      "/api/v1/changes/stream",
      {.summary = "Every change as it comes, over a WebSocket",
       .tag = "history",
       .errors = {410, 503},
       .unknown_query = base::UnknownFields::kRefuse},
      options_,
      [this](http::WebSocket& socket, Context& context) { return serve(&socket, &context); });
  route.describe = &http::endpoints::describe<StreamQuestion, void>;
  route.handler = [this, upgrade = std::move(route.handler)](Context& context) {
    return begin(&upgrade, &context);
  };
  router.add(style, std::move(route));
}

void ChangeStreams::stop() {
  is_stopping_ = true;
  for (http::WebSocket* socket : sockets_) {
    socket->cut(wire::CloseCode::kGoingAway, "the node stops");
  }
}

// What cannot be streamed is refused as any request is, before the upgrade.
io::Task<http::Response> ChangeStreams::begin(const http::Handler* upgrade, Context* context) {
  StreamQuestion question;
  if (const auto problem = decode(*context, question)) {
    co_return context->style->answer_problem(*problem, &context->request);
  }
  if (question.since) {
    const auto index =
        co_await kit::index_for(parts_, *context, "since", *std::move(question.since));
    if (!index) {
      co_return http::answer_error(*context, index.error());
    }
    if (*index < parts_.state.feed().forgotten_index()) {
      const auto kept = co_await parts_.state.changes_since(*index, 1);
      if (!kept && kept.error().code == Code::kNotFound) {
        const base::Error gone = co_await kit::refuse_gone(parts_, *context);
        co_return http::answer_error(*context, gone);
      }
    }
  }
  co_return co_await (*upgrade)(*context);
}

io::Task<void> ChangeStreams::serve(http::WebSocket* socket, Context* context) {
  StreamQuestion question;
  static_cast<void>(decode(*context, question));
  Stream stream{*socket, {bits_of(question.table), std::nullopt}, parts_.state.feed().index()};
  if (question.since) {
    const auto index =
        co_await kit::index_for(parts_, *context, "since", *std::move(question.since));
    if (!index) {
      end(stream, index.error());
      co_return;
    }
    stream.next = *index;
  }
  if (is_stopping_) {
    socket->close(wire::CloseCode::kGoingAway, "the node stops");
    co_return;
  }
  sockets_.insert(socket);
  clients_.add();
  io::TaskScope sending;
  sending.spawn("change stream", send_all(this, &stream));
  for (bool is_open = true; is_open;) {
    const auto message = co_await socket->receive();
    is_open = message.has_value();
  }
  co_await sending.stop();
  clients_.subtract();
  sockets_.erase(socket);
}

io::Task<void> ChangeStreams::send_all(ChangeStreams* streams, Stream* stream) {
  for (bool goes_on = true; goes_on && stream->socket.is_open();) {
    goes_on = co_await streams->send_news(stream);
  }
}

// Sends what there is room for, or waits for something. Returns: whether there is a next time.
io::Task<bool> ChangeStreams::send_news(Stream* stream) {
  const Room room = co_await await_room(stream);
  if (room == Room::kNever) {
    co_return false;
  }
  const auto sent = co_await send_after(stream);
  if (!sent) {
    end(*stream, sent.error());
    co_return false;
  }
  if (*sent) {
    co_return true;
  }
  const auto changed = co_await parts_.state.feed().wait_for_change(
      stream->filter.interest(), stream->next, parts_.loop.now() + kStreamWait);
  if (!changed && changed.error().code != Code::kTimeout) {
    end(*stream, changed.error());
    co_return false;
  }
  co_return true;
}

// Returns: whether there was something, or may be more. Errors: kNotFound (no longer kept), the
// store's.
io::Task<Result<bool>> ChangeStreams::send_after(Stream* stream) {
  const state::Feed& feed = parts_.state.feed();
  const std::uint64_t before = stream->next;
  if (before < feed.forgotten_index()) {
    WEFT_CO_TRY(const std::vector<model::Change> changes,
                co_await parts_.state.changes_since(before, kCatchUpMax));
    for (auto change = changes.begin(); change != changes.end() && has_room(*stream); ++change) {
      send(*stream, *change);
    }
    if (changes.empty()) {
      stream->next = feed.forgotten_index();
    }
    co_return true;
  }
  auto change = std::ranges::upper_bound(feed.recent(), before, {}, &model::Change::index);
  for (; change != feed.recent().end() && has_room(*stream); ++change) {
    send(*stream, *change);
  }
  co_return stream->next != before;
}

void ChangeStreams::send(Stream& stream, const model::Change& change) {
  stream.next = change.index;
  if (stream.filter.matches(change)) {
    stream.socket.post(base::encode_text(kit::show(change)));
  }
}

bool ChangeStreams::has_room(const Stream& stream) const {
  return stream.socket.queue().size() < options_.queue_messages;
}

io::Task<ChangeStreams::Room> ChangeStreams::await_room(Stream* stream) {
  const base::MonoTime end = parts_.loop.now() + patience_;
  while (!has_room(*stream)) {
    if (parts_.loop.now() >= end) {
      slow_.add();
      const std::string why = fmt::format("too slow: go on with since={}", stream->next);
      stream->socket.cut(wire::CloseCode::kPolicy, why);
      co_return Room::kNever;
    }
    const auto slept = co_await parts_.loop.sleep_for(kRoomInterval);
    if (!slept || !stream->socket.is_open()) {
      co_return Room::kNever;
    }
  }
  co_return Room::kThereIs;
}

void ChangeStreams::end(Stream& stream, const base::Error& error) {
  switch (error.code) {
    case Code::kNotFound:
      stream.socket.cut(wire::CloseCode::kPolicy, "older changes are no longer kept");
      return;
    case Code::kShutdown:
    case Code::kCancelled:
      stream.socket.cut(wire::CloseCode::kGoingAway, "the node stops");
      return;
    default:
      stream.socket.cut(wire::CloseCode::kTryAgainLater, error.what);
  }
}

}  // namespace weft::api::mesh
