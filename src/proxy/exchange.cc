#include "proxy/exchange.h"

#include "balance/backoff.h"
#include "balance/hash.h"
#include "balance/pick.h"
#include "proxy/record_method.h"
#include "proxy/relay.h"

#include <algorithm>
#include <array>

namespace weft::proxy {
namespace {

using base::Code;
using base::Error;
using base::Result;
using base::Retry;
using base::Side;

constexpr std::array<std::string_view, 8> kStepNames{"match", "prepare", "pick",  "connect",
                                                     "send",  "await",   "relay", "record"};

// A pooled connection that died idle costs nobody anything; more than this many is no coincidence.
constexpr std::uint32_t kStaleRetriesMax = 3;

balance::Outcome outcome_of(const Error& error) {
  switch (error.code) {
    case Code::kTimeout:
      return balance::Outcome::kTimeout;
    case Code::kRefused:
    case Code::kUnreachable:
    case Code::kNoName:
      return balance::Outcome::kConnectFailed;
    case Code::kCancelled:
    case Code::kShutdown:
    case Code::kNoSpace:
    case Code::kOverloaded:
      return balance::Outcome::kCancelled;
    default:
      return balance::Outcome::kStreamFailed;
  }
}

}  // namespace

std::string_view step_name(Step step) { return kStepNames[static_cast<std::size_t>(step)]; }

Exchange::Exchange(Worker& worker, http::ServerConnection& client, std::string_view listener_port)
    : worker_(worker),
      loop_(worker.loop()),
      client_(client),
      listener_port_(listener_port),
      began_(worker.loop().now()) {}

// The sentence.
io::Task<KeepAlive> Exchange::run(Worker& worker, http::ServerConnection& client,
                                  std::string_view listener_port) {
  Exchange x(worker, client, listener_port);
  if (auto refusal = x.match()) {
    co_return co_await x.refuse(*refusal);
  }
  if (auto refusal = x.prepare()) {
    co_return co_await x.refuse(*refusal);
  }
  if (const auto held = co_await x.hold_body(); !held) {
    worker.limit_met(http::client_limit_met(held.error().code));
    co_return co_await x.refuse(reply_to_bad_request(held.error()));
  }
  for (;;) {
    if (auto refusal = x.pick()) {
      co_return co_await x.refuse(*refusal);
    }
    if (x.must_pause_) {
      co_await x.pause_before_retry();
    }
    const auto tried = co_await x.try_once();
    if ((tried ? x.judge_answer() : x.judge(tried.error())) == Next::kRetry) {
      continue;
    }
    if (!tried) {
      const Error& error = x.client_error_ ? *x.client_error_ : tried.error();
      co_return co_await x.refuse(x.client_error_ ? reply_to_bad_request(error)
                                                  : reply_to_backend_error(error));
    }
    break;
  }
  if (x.status_ == 101) {
    co_return co_await x.relay_tunnel();
  }
  co_return co_await x.relay_answer();
}

std::optional<ErrorReply> Exchange::match() {
  const wire::RequestHead& head = worker_.request_head();
  method_ = head.method;
  framing_ = head.framing;
  version_minor_ = head.version_minor;
  front_bytes_ = head.bytes;
  request_body_ = BodySource(framing_);
  record_.method = record_method(method_);
  record_.request_bytes = head.bytes + framing_.content_length;
  if (worker_.access() != nullptr) {
    note_ = AccessNote(head);
  }
  const std::string_view id = head.headers.value(wire::HeaderId::kXRequestId);
  if (is_sane_request_id(id)) {
    request_id_ = id;
  }
  if (method_ == wire::Method::kConnect || method_ == wire::Method::kTrace) {
    return ErrorReply{405,
                      "the gateway does not offer this method",
                      "method_not_allowed",
                      Side::kClient,
                      true,
                      "Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n"};
  }
  if (head.expect_unknown) {
    return ErrorReply{
        417, "the gateway knows no such expectation", "expectation_failed", Side::kClient, true,
        {}};
  }
  const auto found = worker_.index().match(head);
  if (!found) {
    return ErrorReply{404, "no route matches this request", "no_route", Side::kClient, false, {}};
  }
  const model::Cluster* cluster = found->cluster;
  if (cluster == nullptr) {
    cluster = worker_.choose_destination(*found->route);
  }
  if (cluster == nullptr) {
    return reply_to_refusal(balance::PickRefusal::kNoEndpoints);
  }
  strip_bytes_ = found->strip_bytes;
  cluster_ = &worker_.cluster_of(*cluster);
  cluster_->begin_use();
  const model::ClusterSettings& settings = cluster->settings;
  const bool has_timeout = found->route != nullptr && found->route->route.timeout.has_value();
  deadline_ = began_ + (has_timeout ? *found->route->route.timeout : settings.timeouts.request);
  retries_left_ = settings.retry.retries;
  record_.service = cluster->number;
  record_.route = found->route != nullptr ? found->route->number : 0;
  cluster_->balance().retry_budget().on_request(began_);
  return std::nullopt;
}

std::optional<ErrorReply> Exchange::prepare() {
  step_ = Step::kPrepare;
  const wire::RequestHead& head = worker_.request_head();
  if (worker_.options().trace_fields) {
    trace_ = wire::continue_trace(head.headers, loop_.random());
    record_.trace_id = wire::trace_id_bytes(trace_.trace_id);
    record_.span_id = wire::span_id_bytes(trace_.span_id);
    record_.parent_span_id = wire::span_id_bytes(trace_.parent_id);
  }
  if (request_id_.empty()) {
    request_id_ = wire::make_request_id(loop_.random());
  }
  streams_body_ =
      framing_.body == wire::BodyKind::kChunked ||
      (framing_.body == wire::BodyKind::kLength &&
       (head.expect_continue || framing_.content_length > worker_.options().buffered_body_bytes));
  RequestForwarding forwarding;
  forwarding.client_ip = client_.peer_ip();
  forwarding.listener_port = listener_port_;
  forwarding.request_id = request_id_;
  forwarding.strip_bytes = strip_bytes_;
  forwarding.trace = worker_.options().trace_fields ? &trace_ : nullptr;
  write_request_head(head, forwarding, worker_.writer());
  if (worker_.writer().has_overflow()) {
    return ErrorReply{
        431, "the head grows too large on its way", "head_too_large", Side::kClient, true, {}};
  }
  install_head(worker_.writer().view());
  return std::nullopt;
}

// Puts our head in the place of the client's, before whatever follows it in the buffer.
void Exchange::install_head(std::string_view head) {
  io::Buffer& in = client_.in();
  if (!in.replace_front(front_bytes_, head)) {
    io::Buffer larger = loop_.buffers().take(io::BufferPool::Size::kBulk);
    const std::string_view rest = in.view().substr(front_bytes_);
    larger.append(head);
    larger.append(rest);
    in = std::move(larger);
  }
  front_bytes_ = head.size();
}

// Reads a small body whole, so that the request can be sent again.
io::Task<Result<void>> Exchange::hold_body() {
  if (framing_.body != wire::BodyKind::kLength || streams_body_) {
    co_return Result<void>();
  }
  front_bytes_ += static_cast<std::size_t>(framing_.content_length);
  while (client_.in().size() < front_bytes_) {
    WEFT_CO_TRY(const std::size_t count, co_await client_.read_more());
    if (count == 0) {
      co_return base::fail(Code::kClosed, "the client left within its body", Side::kClient);
    }
  }
  co_return Result<void>();
}

std::optional<ErrorReply> Exchange::pick() {
  step_ = Step::kPick;
  balance::PickContext context{loop_.now(), loop_.random(), tried_,
                               balance::hash_client(client_.peer().ip)};
  const auto picked = balance::pick(cluster_->balance(), context);
  if (!picked) {
    return reply_to_refusal(picked.error());
  }
  must_pause_ = picked->was_tried;
  attempt_.emplace(cluster_->balance(), *picked->endpoint, loop_.now());
  record_.instance = picked->endpoint->id;
  if (note_) {
    note_instance();
  }
  return std::nullopt;
}

// Now, for the instance may have left when the line is written.
void Exchange::note_instance() {
  if (const Backend* backend = cluster_->backend(record_.instance)) {
    note_.set_instance(backend->instance);
  }
}

io::Task<void> Exchange::pause_before_retry() {
  const auto wait =
      balance::backoff({}, record_.retries > 0 ? record_.retries - 1U : 0U, loop_.random());
  base::ignore(co_await loop_.sleep_until(std::min(deadline_, loop_.now() + wait)),
               "a cancelled pause ends in the next await");
}

// One try: a connection, the request on it, the head of an answer back.
io::Task<Result<void>> Exchange::try_once() {
  tried_at_ = loop_.now();
  record_.connect_ns = 0;
  step_ = Step::kConnect;
  if (!take_pooled()) {
    WEFT_CO_TRY_VOID(co_await connect_backend());
  }
  step_ = Step::kSend;
  const std::string_view request = client_.in().view().substr(0, front_bytes_);
  const auto sent = co_await backend_.send(request, idle_deadline());
  if (!sent) {
    co_return sent;
  }
  if (streams_body_) {
    upload_begun_ = true;
    client_.in().consume(front_bytes_);
    front_bytes_ = 0;
    uploads_.spawn("upload", upload(this));
  }
  step_ = Step::kAwait;
  co_return co_await read_answer_head();
}

bool Exchange::take_pooled() {
  Backend* backend = cluster_->backend(attempt_->endpoint().id);
  backend_reused_ = false;
  if (backend == nullptr) {
    return false;
  }
  auto slot = attempt_->endpoint().limits.take_connection();
  if (!slot) {
    return false;
  }
  auto pooled = backend->pool.take(loop_.now());
  if (!pooled) {
    return false;
  }
  slot_ = std::move(*slot);
  backend_ = std::move(*pooled);
  backend_reused_ = true;
  return true;
}

io::Task<Result<void>> Exchange::connect_backend() {
  WEFT_CO_TRY_VOID(co_await take_slot());
  const base::MonoTime started = loop_.now();
  const base::MonoTime deadline =
      std::min(try_deadline(), started + cluster_->config().settings.timeouts.connect);
  const Backend* backend = cluster_->backend(attempt_->endpoint().id);
  if (backend == nullptr) {
    co_return base::fail(Code::kUnreachable, "the instance has left", Side::kBackend, Retry::kSafe);
  }
  base::SocketAddress address;
  if (backend->address) {
    address = *backend->address;
  } else {
    address.port = backend->port;
    io::Resolver* resolver = worker_.resolver();
    if (resolver == nullptr) {
      co_return base::fail(Code::kNoName, "no resolver", Side::kSelf, Retry::kSafe);
    }
    auto addresses = co_await resolver->resolve(backend->host, deadline);
    if (!addresses) {
      co_return base::fail(addresses.error().code, "resolving the backend", Side::kBackend,
                           Retry::kSafe);
    }
    address.ip = addresses->front();
  }
  auto socket = co_await io::connect(loop_, address, deadline);
  if (!socket) {
    co_return base::fail(socket.error());
  }
  backend_ = std::move(*socket);
  record_.connect_ns = (loop_.now() - started).count();
  co_return Result<void>();
}

// A place among the endpoint's connections; waits for one when all are taken.
io::Task<Result<void>> Exchange::take_slot() {
  balance::Limits& limits = attempt_->endpoint().limits;
  bool has_waited = false;
  for (;;) {
    if (auto slot = limits.take_connection()) {
      slot_ = std::move(*slot);
      co_return Result<void>();
    }
    if (!std::exchange(has_waited, true)) {
      worker_.limit_met(base::Limit::kBackendConnections);
    }
    const auto pending = limits.take_pending();
    if (!pending) {
      worker_.limit_met(base::Limit::kBackendPending);
      co_return base::fail(pending.error());
    }
    Backend* backend = cluster_->backend(attempt_->endpoint().id);
    if (backend == nullptr) {
      co_return base::fail(Code::kUnreachable, "the instance has left", Side::kBackend,
                           Retry::kSafe);
    }
    WEFT_CO_TRY_VOID(co_await backend->slot_freed.wait(try_deadline()));
  }
}

// Reads up to the head of the final answer; informational ones are passed on (RFC 9110 §15.2).
io::Task<Result<void>> Exchange::read_answer_head() {
  std::size_t seen = 0;
  wire::ResponseHead& head = worker_.response_head();
  for (;;) {
    if (!answer_.empty()) {
      WEFT_CO_TRY(answer_head_bytes_,
                  wire::parse_response_head(answer_.view(), method_, worker_.options().backend_head,
                                            head, seen));
      seen = answer_.size();
    }
    if (answer_head_bytes_ > 0 && !head.is_informational) {
      status_ = head.status;
      answer_framing_ = head.framing;
      answer_body_ = BodySource(head.framing);
      record_.first_byte_ns = (loop_.now() - tried_at_).count();
      co_return Result<void>();
    }
    if (answer_head_bytes_ > 0) {
      if (++informational_ > worker_.options().informational_max) {
        co_return base::fail(Code::kBadMessage, "too many informational answers", Side::kBackend);
      }
      if (version_minor_ > 0) {
        write_response_head(head, {}, worker_.writer());
        const auto sent =
            co_await client_.socket().send(worker_.writer().view(), client_.progress_deadline());
        if (!sent) {
          client_error_ = sent.error();
          co_return sent;
        }
      }
      answer_.consume(std::exchange(answer_head_bytes_, 0));
      seen = 0;
      continue;
    }
    if (answer_.empty()) {
      answer_.reset();
    } else if (answer_.tail_room() == 0 && !answer_.grow(loop_.buffers())) {
      co_return base::fail(Code::kHeadTooLarge, "answer head", Side::kBackend);
    }
    Result<std::size_t> count = 0;
    if (!answer_) {
      count = co_await backend_.recv_pooled(answer_, idle_deadline());
    } else {
      count = co_await backend_.recv({answer_.tail(), answer_.tail_room()}, idle_deadline());
      answer_.commit(count.value_or(0));
    }
    if (!count) {
      co_return base::fail(count.error());
    }
    if (*count == 0) {
      co_return base::fail(Code::kClosed, "the backend closed without an answer", Side::kBackend,
                           answer_.empty() ? Retry::kIfReused : Retry::kNever);
    }
  }
}

// Sends the request's body on while the answer is already awaited.
io::Task<void> Exchange::upload(Exchange* self) {
  Relay relay{self->client_.socket(), self->client_.in(), self->request_body_, self->backend_};
  relay.framing =
      self->framing_.body == wire::BodyKind::kChunked ? SinkFraming::kChunked : SinkFraming::kRaw;
  relay.deadline = self->deadline_;
  relay.idle_timeout = self->client_.options().progress_timeout;
  relay.send_timeout = self->cluster_->config().settings.timeouts.idle;
  const auto done = co_await run_relay(relay, {});
  self->upload_done_ = done.has_value();
  if (!done && !relay.send_failed && done.error().code != Code::kCancelled) {
    // The backend cannot answer a request that never ends.
    self->client_error_ = done.error();
    self->client_error_->side = Side::kClient;
    self->backend_.cancel_recv();
  }
}

bool Exchange::is_worth_a_retry(std::uint16_t status) const {
  return status >= 502 && status <= 504;
}

// Was nothing of it processed for certain, or does a second time do no harm?
bool Exchange::may_repeat(Retry safety) const {
  return !upload_begun_ && (safety == Retry::kSafe || wire::is_idempotent(method_)) &&
         loop_.now() < deadline_;
}

bool Exchange::pay_for_retry() {
  if (retries_left_ == 0 || !cluster_->balance().retry_budget().try_retry(loop_.now())) {
    return false;
  }
  --retries_left_;
  ++record_.retries;
  return true;
}

Exchange::Next Exchange::judge(const Error& error) {
  worker_.limit_met(client_error_ ? http::client_limit_met(client_error_->code)
                                  : base::limit_met(error.code));
  const bool died_idle = backend_reused_ && error.retry == Retry::kIfReused;
  backend_.close();
  release_slot();
  answer_.reset();
  answer_head_bytes_ = 0;
  if (client_error_) {
    attempt_.reset();
    return Next::kGoOn;
  }
  if (died_idle && may_repeat(Retry::kIfReused) && stale_retries_ < kStaleRetriesMax) {
    ++stale_retries_;
    if (Backend* backend = cluster_->backend(attempt_->endpoint().id)) {
      backend->pool.close_all();  // the others idled as long
    }
    attempt_.reset();  // says nothing about the endpoint
    return Next::kRetry;
  }
  attempt_->settle(outcome_of(error), loop_.now());
  tried_.add(attempt_->endpoint().id);
  if (balance::is_failure(outcome_of(error))) {
    worker_.suspect(attempt_->endpoint().id);
  }
  const bool retry = may_repeat(error.retry) && pay_for_retry();
  attempt_.reset();
  record_.failed = true;
  record_.error = error.code;
  record_.side = error.side;
  return retry ? Next::kRetry : Next::kGoOn;
}

Exchange::Next Exchange::judge_answer() {
  attempt_->settle(balance::outcome_of_status(status_), loop_.now());
  if (!is_worth_a_retry(status_) || !may_repeat(Retry::kNever) || !pay_for_retry()) {
    record_.failed = false;
    return Next::kGoOn;
  }
  backend_.close();
  release_slot();
  answer_.reset();
  answer_head_bytes_ = 0;
  tried_.add(attempt_->endpoint().id);
  attempt_.reset();
  return Next::kRetry;
}

AnswerFraming Exchange::choose_framing() const {
  switch (answer_framing_.body) {
    case wire::BodyKind::kNone:
      return AnswerFraming::kNone;
    case wire::BodyKind::kLength:
      return AnswerFraming::kLength;
    case wire::BodyKind::kChunked:
    case wire::BodyKind::kUntilClose:
      break;
  }
  return version_minor_ == 0 ? AnswerFraming::kUntilClose : AnswerFraming::kChunked;
}

std::string_view Exchange::write_answer_head(AnswerFraming framing) {
  ResponseForwarding forwarding;
  if (worker_.options().instance_field) {
    if (const Backend* backend = cluster_->backend(attempt_->endpoint().id)) {
      forwarding.instance = backend->instance;
    }
  }
  forwarding.trace_id = trace_.trace_id.view();
  forwarding.request_id = request_id_;
  forwarding.framing = framing;
  forwarding.keep_alive = framing_.keep_alive && framing != AnswerFraming::kUntilClose &&
                          !client_.is_draining() && (!upload_begun_ || upload_done_);
  forwarding.client_version_minor = version_minor_;
  framing_.keep_alive = forwarding.keep_alive;
  write_response_head(worker_.response_head(), forwarding, worker_.writer());
  return worker_.writer().view();
}

io::Task<KeepAlive> Exchange::relay_answer() {
  step_ = Step::kRelay;
  const AnswerFraming framing = choose_framing();
  const std::string_view head = write_answer_head(framing);
  if (head.empty()) {
    co_return co_await refuse(reply_to_backend_error(
        {Code::kHeadTooLarge, Side::kBackend, Retry::kNever, 0, "answer head"}));
  }
  answer_.consume(answer_head_bytes_);
  Relay relay{backend_, answer_, answer_body_, client_.socket()};
  relay.framing = framing == AnswerFraming::kChunked ? SinkFraming::kChunked : SinkFraming::kRaw;
  relay.deadline = deadline_;
  relay.idle_timeout = cluster_->config().settings.timeouts.idle;
  relay.send_timeout = client_.options().progress_timeout;
  const auto relayed = co_await run_relay(relay, head);
  record_.status = status_;
  record_.response_bytes = relay.sent_bytes;
  if (!relayed) {
    record_.failed = true;
    record_.error = relayed.error().code;
    record_.side = relay.send_failed ? Side::kClient : Side::kBackend;
    if (relay.send_failed) {
      worker_.limit_met(http::client_limit_met(relayed.error().code));
    } else {
      attempt_->settle(outcome_of(relayed.error()), loop_.now());
    }
  }
  co_await uploads_.stop();
  if (relayed && answer_framing_.keep_alive && answer_.empty() &&
      (!upload_begun_ || upload_done_)) {
    release_backend();
  }
  backend_.close();
  release_slot();
  const bool goes_on = relayed && framing_.keep_alive && drop_request();
  co_return record(goes_on ? KeepAlive::kYes : KeepAlive::kNo);
}

// 101: both sides speak what they like from here on. What the client sent early was held back
// until now (a backend must not see it as part of the upgrade request).
io::Task<KeepAlive> Exchange::relay_tunnel() {
  step_ = Step::kRelay;
  if (!framing_.upgrade) {
    co_return co_await refuse(reply_to_backend_error(
        {Code::kBadMessage, Side::kBackend, Retry::kNever, 0, "101 without an upgrade"}));
  }
  framing_.keep_alive = true;
  const std::string_view head = write_answer_head(AnswerFraming::kNone);
  answer_.consume(answer_head_bytes_);
  client_.in().consume(front_bytes_);
  front_bytes_ = 0;
  record_.status = status_;
  const auto sent = co_await client_.socket().send(head, client_.progress_deadline());
  if (sent) {
    Tunnel tunnel{client_.socket(), client_.in(), backend_, answer_};
    co_await run_tunnel(tunnel);
    record_.request_bytes += tunnel.a_to_b_bytes;
    record_.response_bytes += tunnel.b_to_a_bytes;
  }
  backend_.close();
  release_slot();
  co_return record(KeepAlive::kNo);
}

io::Task<KeepAlive> Exchange::refuse(ErrorReply reply) {
  co_await uploads_.stop();
  backend_.close();
  release_slot();
  const bool gone = client_error_ && client_error_->code != Code::kTimeout &&
                    client_error_->code != Code::kBadMessage;
  reply.close |= client_.is_draining() || !framing_.keep_alive || !drop_request();
  record_.status = gone ? 0 : reply.status;
  record_.failed = true;
  record_.side = reply.side;
  if (gone) {
    record_.error = client_error_->code;
  } else {
    refusal_ = reply.reason;
    write_error_reply(reply, request_id_, method_ != wire::Method::kHead, worker_.writer());
    const std::string_view bytes = worker_.writer().view();
    record_.response_bytes = bytes.size();
    const auto sent = co_await client_.socket().send(bytes, client_.progress_deadline());
    reply.close |= !sent;
  }
  co_return record(reply.close || gone ? KeepAlive::kNo : KeepAlive::kYes);
}

// Gives the connection back to its pool when the exchange ended cleanly on it.
void Exchange::release_backend() {
  if (Backend* backend = cluster_->backend(attempt_->endpoint().id)) {
    backend->pool.give(std::move(backend_), loop_.now());
  }
  release_slot();
}

void Exchange::release_slot() {
  if (!slot_.is_held()) {
    return;
  }
  slot_.release();
  Backend* backend = attempt_ ? cluster_->backend(attempt_->endpoint().id) : nullptr;
  if (backend != nullptr && backend->slot_freed.has_waiters()) {
    backend->slot_freed.notify_one();
  }
}

// Takes the request out of the client's buffer. Returns: false when its body is not all there, so
// that nobody can tell where the next request begins.
bool Exchange::drop_request() {
  io::Buffer& in = client_.in();
  if (upload_begun_) {
    return upload_done_;
  }
  if (in.size() < front_bytes_) {
    return false;
  }
  in.consume(std::exchange(front_bytes_, 0));
  if (!streams_body_ && framing_.body == wire::BodyKind::kLength && step_ != Step::kMatch) {
    return true;  // held, and gone with the front
  }
  const auto piece = request_body_.take(in);
  if (!piece) {
    return false;
  }
  in.consume(piece->consumed);
  return request_body_.is_done();
}

KeepAlive Exchange::record(KeepAlive keep_alive) {
  step_ = Step::kRecord;
  attempt_.reset();
  record_.duration_ns = (loop_.now() - began_).count();
  record_.started_unix_ns = loop_.wall_now().time_since_epoch().count() - record_.duration_ns;
  worker_.record(record_);
  if (note_) {
    write_access_line();
  }
  if (cluster_ != nullptr) {
    cluster_->end_use();
  }
  return keep_alive;
}

void Exchange::write_access_line() {
  const std::string_view service =
      cluster_ != nullptr ? std::string_view(cluster_->config().service) : std::string_view();
  worker_.access()->write(
      {record_, note_, client_.peer_ip(), service, trace_.trace_id.view(), request_id_, refusal_});
}

base::MonoTime Exchange::try_deadline() const {
  const base::Nanos per_try = cluster_->config().settings.timeouts.per_try;
  return per_try.count() > 0 ? std::min(deadline_, tried_at_ + per_try) : deadline_;
}

base::MonoTime Exchange::idle_deadline() const {
  return std::min(try_deadline(), loop_.now() + cluster_->config().settings.timeouts.idle);
}

}  // namespace weft::proxy
