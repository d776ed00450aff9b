#include "http/server.h"

#include "http/server_answer.h"
#include "http/server_body.h"

#include <algorithm>
#include <vector>

namespace weft::http {
namespace {

using base::Code;
using base::Result;

constexpr base::MeterInfo kAnswers{"weft_api_requests_total", "Requests answered, by status class"};
constexpr base::MeterInfo kOpen{"weft_api_connections", "Connections of clients open now"};
constexpr base::MeterInfo kDuration{"weft_api_request_duration_seconds",
                                    "From the end of a request's head to its answer being sent"};

// While the server stops: a client that has asked before has so long to ask again and to hear with
// the answer that the connection ends; one that has not asked yet has a little more. Otherwise some
// would be cut just as they send.
constexpr base::Nanos kKeptClientTime = base::Millis(250);
constexpr base::Nanos kNewClientTime = base::Seconds(1);

// What the client can still be told; everybody else is gone.
bool is_answerable(Code code) {
  switch (code) {
    case Code::kBadMessage:
    case Code::kHeadTooLarge:
    case Code::kTooManyFields:
    case Code::kUriTooLong:
    case Code::kUnsupported:
    case Code::kBodyTooLarge:
    case Code::kTimeout:
      return true;
    default:
      return false;
  }
}

// Cancels what still runs in `scope` when its time is over.
io::Task<void> cancel_at(io::Loop* loop, io::TaskScope* scope, base::MonoTime deadline) {
  if (const auto slept = co_await loop->sleep_until(deadline); slept) {
    scope->cancel();
  }
}

}  // namespace

ServerOptions server_options(const base::Limits& limits) {
  ServerOptions options;
  options.connection = connection_options(limits);
  options.body_bytes = limits[base::Limit::kBodyBytes];
  options.json = {.bytes = options.body_bytes, .depth = limits[base::Limit::kJsonDepth]};
  options.connections_max = limits[base::Limit::kControlConnections];
  return options;
}

// One connection and what stop() must know about it; enrolled while it lives.
struct Server::Conversation {
  Conversation(Server& owner, io::Socket socket, base::SocketAddress peer)
      : server(owner), connection(std::move(socket), std::move(peer), owner.options_.connection) {
    server.conversations_.insert(this);
    server.open_.add();
  }
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;
  ~Conversation() {
    server.conversations_.erase(this);
    server.open_.subtract();
    server.left_.notify_all();
  }

  Server& server;
  ServerConnection connection;
  base::SocketAddress listener = {};
  std::string listener_text = {};
  bool has_other_protocol = false;
};

Server::Server(const ServerParts& parts, ServerOptions options)
    : parts_(parts),
      options_(std::move(options)),
      meter_group_(parts.meters, {{"role", options_.role}}),
      limits_(parts.meters),
      open_(meter_group_.gauge(kOpen)),
      duration_(meter_group_.histogram(kDuration)),
      left_(parts.loop) {
  for (std::size_t i = 1; i < answers_by_class_.size(); ++i) {
    answers_by_class_[i] = &meter_group_.counter(kAnswers, {{"code", std::to_string(i) + "xx"}});
  }
}

Result<base::SocketAddress> Server::listen(const base::SocketAddress& address) {
  WEFT_TRY(io::Listener listener, io::listen(parts_.loop, address, {}));
  return begin_to_accept(std::move(listener));
}

Result<base::SocketAddress> Server::inherit(io::UniqueFd descriptor) {
  WEFT_TRY(io::Listener listener, io::adopt_listener(parts_.loop, std::move(descriptor)));
  return begin_to_accept(std::move(listener));
}

base::SocketAddress Server::begin_to_accept(io::Listener listener) {
  const base::SocketAddress actual = listener.local_address();
  Bound& bound = bound_.emplace_back(Bound{std::move(listener), actual});
  accepting_.spawn("accept", accept_on(&bound));
  return actual;
}

std::vector<Server::OpenListener> Server::listeners() const {
  std::vector<OpenListener> out;
  for (const Bound& bound : bound_) {
    out.push_back({bound.address, bound.listener.descriptor()});
  }
  return out;
}

io::Task<void> Server::accept_on(Bound* bound) {
  for (;;) {
    auto accepted = co_await bound->listener.accept();
    if (!accepted && accepted.error().code == Code::kCancelled) {
      co_return;
    }
    if (!accepted) {  // out of descriptors: those who have one finish first
      parts_.log.warning("cannot accept",
                         {{"role", options_.role}, {"why", base::describe(accepted.error())}});
      if (const auto slept = co_await parts_.loop.sleep_for(base::Millis(100)); !slept) {
        co_return;
      }
      continue;
    }
    if (conversations_.size() >= options_.connections_max) {
      limits_.reached(base::Limit::kControlConnections);
      continue;
    }
    conversing_.spawn("connection", converse(std::move(accepted->socket), std::move(accepted->peer),
                                             bound->address));
  }
}

io::Task<void> Server::converse(io::Socket socket, base::SocketAddress peer,
                                base::SocketAddress bound) {
  Conversation conversation(*this, std::move(socket), std::move(peer));
  conversation.listener = std::move(bound);
  conversation.listener_text = conversation.listener.to_string();
  bool goes_on = true;
  while (goes_on) {
    goes_on = co_await exchange(&conversation);
  }
}

io::Task<bool> Server::exchange(Conversation* conversation) {
  ServerConnection& connection = conversation->connection;
  const auto event = co_await connection.read_head(head_);
  if (!event) {
    co_await refuse(conversation, event.error(), {});
    co_return false;
  }
  if (*event != HeadEvent::kHead) {
    if (*event == HeadEvent::kIdled) {
      limits_.reached(base::Limit::kIdleMillis);
    }
    co_return false;
  }
  const bool is_plain = KeptAnswers::is_plain(head_) && !connection.is_draining();
  if (is_plain) {
    if (auto kept = kept_.find(head_, conversation->listener_text)) {
      connection.in().consume(head_.bytes);
      co_return co_await repeat(conversation, std::move(kept));
    }
  }
  Context context(parts_.loop, own_request(head_));
  context.is_plain = is_plain;
  context.connection = &connection;
  const bool keep_alive = head_.framing.keep_alive;
  context.request.peer = connection.peer();
  context.request.listener = conversation->listener;
  context.request.received = parts_.loop.now();
  context.json = options_.json;
  context.reached = &limits_;
  const auto body = co_await read_request_body(conversation, &context.request);
  if (!body) {
    co_await refuse(conversation, body.error(), context.request.path);
    co_return false;
  }
  // The answer may be a long wait for a change.
  if (connection.in().empty()) {
    connection.in().reset();
  }
  co_return co_await answer(conversation, &context, keep_alive);
}

io::Task<Result<>> Server::read_request_body(Conversation* conversation, Request* request) {
  ServerConnection& connection = conversation->connection;
  const wire::Framing framing = head_.framing;  // head_ is nobody's after the first await
  const bool waits_for_us = head_.expect_continue && framing.body != wire::BodyKind::kNone;
  connection.in().consume(head_.bytes);
  const bool is_too_large =
      framing.body == wire::BodyKind::kLength && framing.content_length > options_.body_bytes;
  if (waits_for_us && !is_too_large && connection.in().empty()) {
    WEFT_CO_TRY_VOID(co_await connection.socket().send("HTTP/1.1 100 Continue\r\n\r\n",
                                                       connection.progress_deadline()));
  }
  WEFT_CO_TRY(request->body, co_await read_body(&connection, framing, options_.body_bytes));
  co_return Result<>{};
}

io::Task<bool> Server::repeat(Conversation* conversation, std::shared_ptr<KeptAnswer> kept) {
  ServerConnection& connection = conversation->connection;
  const base::MonoTime received = parts_.loop.now();
  std::string_view bytes = kept->bytes(date_.text(parts_.loop.wall_now()));
  std::string_view rest;
  if (const io::SealedBytes* sealed = kept->sealed()) {
    const std::size_t taken = connection.socket().pass(bytes, *sealed);
    rest = sealed->view().substr(taken > bytes.size() ? taken - bytes.size() : 0);
    bytes.remove_prefix(std::min(taken, bytes.size()));
  }
  Result<> sent = co_await send_pieces(&connection, bytes);
  if (sent) {
    sent = co_await send_pieces(&connection, rest);
  }
  answers_by_class_[2]->add();
  duration_.record(parts_.loop.now() - received);
  note_end(sent);
  co_return sent.has_value() && !connection.is_draining();
}

void Server::keep_answer(const Conversation& conversation, Context& context,
                         const Response& response) {
  if (response.status != 200 || response.is_stream()) {
    return;
  }
  const std::string& date = date_.text(parts_.loop.wall_now());
  kept_.keep(
      context.request, conversation.listener_text,
      std::make_shared<KeptAnswer>(encode_answer_head(response, {.date = date}),
                                   response.body_text(), date, std::move(context.keep_while)));
}

io::Task<bool> Server::answer(Conversation* conversation, Context* context, bool keep_alive) {
  ServerConnection& connection = conversation->connection;
  Response response;
  if (auto refusal = parts_.dispatcher.begin(*context)) {
    response = *std::move(refusal);
  } else {
    response = co_await context->route->handler(*context);
  }
  Dispatcher::finish(*context, response);
  const int status = response.status;
  if (context->keep_while && context->is_plain) {
    keep_answer(*conversation, *context, response);
  }
  const bool ends_with_the_body = response.is_stream() && context->request.version_minor == 0;
  const AnswerForm form{
      .is_head = context->request.method == wire::Method::kHead,
      .keep_alive = keep_alive && !ends_with_the_body && !connection.is_draining(),
      .version_minor = context->request.version_minor,
      .date = date_.text(parts_.loop.wall_now()),
  };
  Takeover takeover = std::move(response.takeover);
  const auto sent = co_await send_answer(&connection, std::move(response), form);
  note_answer(*context, status);
  note_end(sent);
  if (!sent) {
    co_return false;
  }
  if (status == 101 && takeover) {
    conversation->has_other_protocol = true;
    co_await takeover(&connection);
    co_return false;
  }
  if (!form.keep_alive) {
    co_await connection.close_gracefully();
  }
  co_return form.keep_alive;
}

io::Task<void> Server::refuse(Conversation* conversation, base::Error error, std::string path) {
  if (!is_answerable(error.code)) {
    co_return;
  }
  note_end(base::fail(error));
  Response response = parts_.dispatcher.answer_transport(error, path);
  answers_by_class_[static_cast<std::size_t>(response.status / 100)]->add();
  const AnswerForm form{.keep_alive = false, .date = date_.text(parts_.loop.wall_now())};
  const auto sent = co_await send_answer(&conversation->connection, std::move(response), form);
  if (sent) {
    co_await conversation->connection.close_gracefully();
  }
}

io::Task<void> Server::stop(base::MonoTime deadline) {
  co_await accepting_.stop();
  bound_.clear();
  const base::MonoTime began = parts_.loop.now();
  for (Conversation* conversation : conversations_) {
    conversation->connection.set_draining();
  }
  end_waits(Waiting::kOtherProtocols);
  co_await wait_for_ends(std::min(deadline, began + kKeptClientTime));
  end_waits(Waiting::kAnswered);
  co_await wait_for_ends(std::min(deadline, began + kNewClientTime));
  end_waits(Waiting::kAll);
  io::TaskScope timer;
  timer.spawn("stop deadline", cancel_at(&parts_.loop, &conversing_, deadline));
  co_await conversing_.join();
  co_await timer.stop();
}

// Wakes whoever waits for something that will not come any more.
void Server::end_waits(Waiting which) {
  const std::vector<Conversation*> all(conversations_.begin(), conversations_.end());
  for (Conversation* conversation : all) {
    if (!conversations_.contains(conversation)) {
      continue;  // it ended when another one was woken
    }
    ServerConnection& connection = conversation->connection;
    const bool is_meant = conversation->has_other_protocol
                              ? which == Waiting::kOtherProtocols
                              : which != Waiting::kOtherProtocols && connection.is_idle() &&
                                    (which == Waiting::kAll || !connection.is_new()) &&
                                    !connection.socket().is_stale();
    if (is_meant) {
      connection.socket().cancel_recv();
    }
  }
}

// Until every conversation has ended, WebSockets apart: they have their own time.
io::Task<void> Server::wait_for_ends(base::MonoTime deadline) {
  while (std::ranges::any_of(conversations_, [](const Conversation* conversation) {
    return !conversation->has_other_protocol;
  })) {
    if (const auto waited = co_await left_.wait(deadline); !waited) {
      co_return;
    }
  }
}

// Counts the limit a conversation ended for, if it was one.
void Server::note_end(const Result<>& how) {
  if (how) {
    return;
  }
  if (const auto limit = client_limit_met(how.error().code)) {
    limits_.reached(*limit);
  }
}

void Server::note_answer(const Context& context, int status) {
  const auto status_class = static_cast<std::size_t>(std::clamp(status / 100, 1, 5));
  answers_by_class_[status_class]->add();
  duration_.record(parts_.loop.now() - context.request.received);
  if (parts_.log.writes(base::LogLevel::kDebug)) {
    parts_.log.debug("answered", {{"role", options_.role},
                                  {"method", context.request.method_text},
                                  {"path", context.request.path},
                                  {"status", status}});
  }
  if (status >= 500) {
    parts_.log.warning("request failed", {{"role", options_.role},
                                          {"method", context.request.method_text},
                                          {"path", context.request.path},
                                          {"status", status},
                                          {"detail", context.detail}});
  }
}

}  // namespace weft::http
