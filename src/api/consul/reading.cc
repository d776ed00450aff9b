#include "api/consul/reading.h"

#include "api/consul/style.h"
#include "api/consul/wan.h"
#include "http/server_connection.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

namespace weft::api::consul {
namespace {

// A client that has gone is noticed this late; its wait holds a place among limits.watchers.
constexpr base::Nanos kLookInterval = base::Seconds(15);

std::string_view freshness_name(Freshness freshness) {
  switch (freshness) {
    case Freshness::kStale:
      return "stale";
    case Freshness::kConsistent:
      return "consistent";
    case Freshness::kDefault:
      break;
  }
  return "leader";
}

http::Response encode_reply(Reply reply, bool is_pretty) {
  if (!reply.raw) {
    return json_reply(reply.value, is_pretty, reply.status);
  }
  http::Response response =
      http::text_response(*std::move(reply.raw), reply.status, reply.raw_type);
  response.headers.set("X-Content-Type-Options", "nosniff");
  response.headers.set("Content-Security-Policy", "sandbox");
  return response;
}

// Holds until something that the answer depends on changes.
class WhileUnchanged final : public http::KeepWhile {
 public:
  WhileUnchanged(const state::Feed& feed, state::Interest interest)
      : feed_(feed), interest_(std::move(interest)), index_(feed_.index_of(interest_)) {}
  bool holds() const override { return feed_.index_of(interest_) == index_; }

 private:
  const state::Feed& feed_;
  const state::Interest interest_;
  const std::uint64_t index_;
};

// The answer as things are now.
http::Response answer_now(const Face& face, const Reading& reading, http::Context& context) {
  const auto asked = parse_asked(context, face.options.datacenter);
  if (!asked) {
    return answer_refusal(asked.error());
  }
  Sight sight(policy_of(face, context));
  const Question question{face, context, *asked, &sight};
  const state::State& state = face.parts.state;
  const state::Feed& feed = face.parts.state.feed();
  if (reading.interest != nullptr) {
    state::Interest interest = reading.interest(question);
    add_index_headers(context, *asked, feed.index_of(interest));
    if (asked->index == 0 && asked->freshness != Freshness::kConsistent &&
        reading.keeps == Keeps::kWhileUnchanged && sight.sees_all()) {
      context.keep_while = std::make_unique<WhileUnchanged>(feed, std::move(interest));
    }
  }
  const auto view = state.view();
  auto reply = reading.answer(question, *view);
  note_hidden(sight, context);
  return reply ? encode_reply(*std::move(reply), asked->is_pretty) : answer_refusal(reply.error());
}

io::Task<http::Response> read_now(const Face* face, const Reading* reading,
                                  http::Context* context) {
  co_return answer_now(*face, *reading, *context);
}

bool has_left(const http::Context& context) {
  return context.connection != nullptr && context.connection->socket().peer_has_left();
}

// What a question waits for. Ten thousand of them are ordinary: little is kept meanwhile.
struct Wait {
  state::Interest interest;
  std::uint64_t index = 0;
  base::MonoTime end{};
};

io::Task<http::Response> read_later(const Face* face, const Reading* reading,
                                    http::Context* context, Wait wait) {
  for (;;) {
    const base::MonoTime look = std::min(wait.end, context->loop.now() + kLookInterval);
    const auto woken =
        co_await face->parts.state.feed().wait_for_change(wait.interest, wait.index, look);
    if (woken || context->loop.now() >= wait.end || has_left(*context)) {
      co_return answer_now(*face, *reading, *context);
    }
    if (woken.error().code != base::Code::kTimeout) {
      co_return answer_refusal(refusal_of(woken.error()));
    }
  }
}

// Answers at once unless there is something to wait for.
io::Task<http::Response> read_asked(const Face* face, const Reading* reading,
                                    http::Context* context) {
  const auto asked = parse_asked(*context, face->options.datacenter);
  if (!asked || asked->index == 0 || reading->interest == nullptr) {
    return read_now(face, reading, context);
  }
  Wait wait{.interest = reading->interest({*face, *context, *asked}),
            .index = asked->index,
            .end = wait_end(context->loop, asked->wait)};
  if (face->parts.state.feed().index_of(wait.interest) > asked->index) {
    return read_now(face, reading, context);
  }
  return read_later(face, reading, context, std::move(wait));
}

// On what was durable when the question came, whichever node wrote it.
io::Task<http::Response> read_caught_up(const Face* face, const Reading* reading,
                                        http::Context* context) {
  const auto caught_up = co_await face->parts.state.catch_up();
  if (!caught_up) {
    co_return answer_refusal(refusal_of(caught_up.error()));
  }
  co_return co_await read_asked(face, reading, context);
}

io::Task<http::Response> read(const Face* face, const Reading* reading, http::Context* context) {
  if (face->parts.state.is_shared()) {
    const auto asked = parse_asked(*context, face->options.datacenter);
    if (asked && asked->freshness == Freshness::kConsistent) {
      return read_caught_up(face, reading, context);
    }
  }
  return read_asked(face, reading, context);
}

}  // namespace

base::MonoTime wait_end(io::Loop& loop, base::Nanos wait) {
  const auto spread = static_cast<std::uint64_t>(wait.count() / 16) + 1;
  return loop.now() + wait + base::Nanos(static_cast<std::int64_t>(loop.random().below(spread)));
}

void add_index_headers(http::Context& context, const Asked& asked, std::uint64_t index) {
  context.headers.set("X-Consul-Index", std::to_string(std::max<std::uint64_t>(index, 1)));
  context.headers.set("X-Consul-KnownLeader", "true");
  context.headers.set("X-Consul-LastContact", "0");
  context.headers.set("X-Consul-Effective-Consistency", freshness_name(asked.freshness));
  context.headers.set("X-Consul-Query-Backend", "blocking-query");
}

const std::string& Question::path(std::string_view name) const {
  static const std::string kNone;
  const auto found = context.parameters.find(name);
  return found == context.parameters.end() ? kNone : found->second;
}

http::Response json_reply(const json::value& value, bool is_pretty, int status) {
  http::Response response;
  response.status = status;
  response.headers.set("Content-Type", "application/json");
  response.body =
      base::write_json(value, is_pretty ? base::JsonLayout::kIndented : base::JsonLayout::kCompact);
  return response;
}

void add_reading(http::Router& router, const http::FaceStyle& style, const Face& face,
                 std::string path, const Reading& reading) {
  add_route(router, style, face,
            http::raw_route("GET", std::move(path), {.tag = "consul", .is_hidden = true},
                            [f = &face, r = &reading](http::Context& context) {
                              return read(f, r, &context);
                            }));
}

}  // namespace weft::api::consul
