#include "proxy/exchange.h"

#include "balance/backoff.h"
#include "balance/pick.h"
#include "proxy/affinity.h"
#include "proxy/hash_key.h"
#include "proxy/policies/redirect.h"
#include "proxy/record_method.h"
#include "proxy/relay.h"

#include <fmt/format.h>

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

// Whoever waits for a backend looks around this often: has the client left, does the upload go on?
constexpr base::Nanos kLookAround = base::Seconds(1);

// How much a head may grow on its way: what we add, and the authority a second time.
constexpr std::size_t kHeadGrowthMax = 2 * 1024;

// A request that came by so many proxies goes round in circles. chosen: far above any real chain.
constexpr std::size_t kForwardedHopsMax = 32;

constexpr const char* kTooSlow = "the client is too slow with its body";

std::size_t forwarded_hops(const wire::HeaderList& headers) {
  std::size_t hops = 0;
  if (!headers.has(wire::HeaderId::kXForwardedFor)) {
    return hops;
  }
  for (const wire::Header& header : headers) {
    if (header.id == wire::HeaderId::kXForwardedFor) {
      hops += 1 + static_cast<std::size_t>(std::ranges::count(header.value, ','));
    }
  }
  return hops;
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
  if (x.holds_body()) {
    const auto held = co_await x.hold_body();
    if (!held) {
      worker.limit_met(http::client_limit_met(held.error().code));
      x.client_error_ = held.error();
      co_return co_await x.refuse(reply_to_bad_request(held.error()));
    }
  }
  if (x.fault_.is_any()) {
    const auto refusal = co_await x.suffer_fault();
    if (refusal) {
      co_return co_await x.refuse(*refusal);
    }
  }
  x.mirror();
  for (;;) {
    if (auto refusal = x.pick()) {
      co_return co_await x.refuse(*refusal);
    }
    if (x.must_pause_) {
      co_await x.pause_before_retry();
    }
    const auto tried = co_await x.try_once();
    if (!tried && x.upload_begun_) {
      co_await x.uploads_.stop();  // it uses the connection that is given up now
    }
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
  if (auto refusal = x.prepare_answer()) {
    co_return co_await x.refuse(*refusal);
  }
  Relay relay = x.relay_to_client();
  const std::string_view head = worker.writer().view();
  const std::string_view whole = x.upload_begun_ ? std::string_view() : frame_whole(relay, head);
  if (whole.empty()) {
    co_return co_await x.relay_answer(&relay, head);
  }
  const auto sent = co_await client.socket().send(whole, send_deadline(relay));
  end_whole(relay, whole, sent);
  x.note_relay(relay, sent);
  co_return x.end_relay(sent.has_value());
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
  identify(head);
  worker_.begin_request();
  if (auto refusal = screen(head)) {
    return refusal;
  }
  const auto found = worker_.index().match(head);
  if (!found) {
    return reply_to_no_route();
  }
  record_.route = found->route != nullptr ? found->route->number() : 0;
  if (found->route != nullptr && found->route->policies() != nullptr) {
    if (auto refusal = apply_policies(head, *found)) {
      return refusal;
    }
  }
  RouteTarget target{found->cluster, found->subset};
  if (target.cluster == nullptr && found->route != nullptr) {
    target = worker_.choose_destination(*found->route, head);
  }
  if (target.cluster == nullptr) {
    return reply_to_refusal(balance::PickRefusal::kNoEndpoints);
  }
  enter_cluster(head, *found, target);
  const std::uint64_t bytes_max = cluster_->config().settings.limits.request_bytes_max;
  if (bytes_max > 0 && framing_.content_length > bytes_max) {
    worker_.limit_met(base::Limit::kRequestBytes);
    return reply_to_large_request();
  }
  return std::nullopt;
}

// What no route can offer, or has no room for.
std::optional<ErrorReply> Exchange::screen(const wire::RequestHead& head) {
  if (const auto limit = worker_.shed_by()) {
    worker_.limit_met(limit);
    return reply_to_overload();
  }
  if (method_ == wire::Method::kConnect || method_ == wire::Method::kTrace) {
    return reply_to_method();
  }
  if (head.expect_unknown) {
    return reply_to_expectation();
  }
  if (forwarded_hops(head.headers) >= kForwardedHopsMax) {
    return reply_to_circle();
  }
  return std::nullopt;
}

std::optional<ErrorReply> Exchange::apply_policies(const wire::RequestHead& head,
                                                   const RouteMatch& found) {
  policies_ = found.route->policies();
  index_hold_ = worker_.hold_index();
  const model::RoutePolicies& spec = policies_->spec;
  if (spec.rate_limit) {
    const auto verdict =
        worker_.rates().take(record_.route, *spec.rate_limit, head, client_.peer().ip, loop_.now());
    if (!verdict.is_allowed) {
      own_field_ = fmt::format("Retry-After: {}\r\n", retry_after_seconds(verdict.retry_after));
      return reply_to_rate(own_field_);
    }
  }
  if (spec.redirect) {
    own_field_ = fmt::format("Location: {}\r\n", redirect_location(*spec.redirect, head));
    return reply_by_redirect(spec.redirect->status, own_field_);
  }
  if (spec.fault) {
    fault_ = draw_fault(*spec.fault, loop_.random());
  }
  return std::nullopt;
}

void Exchange::enter_cluster(const wire::RequestHead& head, const RouteMatch& found,
                             const RouteTarget& target) {
  strip_bytes_ = found.strip_bytes;
  matched_bytes_ = found.route != nullptr ? found.route->path_bytes() : 0;
  cluster_ = &worker_.cluster_of(*target.cluster);
  cluster_->begin_use();
  if (target.subset != nullptr) {
    subset_ = cluster_->balance().hold_subset(*target.subset, began_);
  }
  const model::ClusterSettings& settings = target.cluster->settings;
  request_timeout_ = settings.timeouts.request;
  if (found.route != nullptr) {
    request_timeout_ = found.route->timeout().value_or(request_timeout_);
  }
  deadline_ = began_ + request_timeout_;
  retries_left_ = settings.retry.retries;
  record_.service = target.cluster->number;
  hash_key_ = hash_key(settings, head, client_.peer().ip);
  if (!settings.affinity.cookie.empty()) {
    pinned_ = pinned_identity(settings.affinity, head.headers);
  }
  cluster_->balance().retry_budget().on_request(began_);
}

// What the route's fault has in store for this request.
io::Task<std::optional<ErrorReply>> Exchange::suffer_fault() {
  if (fault_.delay.count() > 0) {
    base::ignore(co_await loop_.sleep_for(fault_.delay),
                 "a cancelled delay ends in the next await");
    began_ += fault_.delay;  // the backend's time has not begun
    deadline_ += fault_.delay;
  }
  if (fault_.abort_status == 0) {
    co_return std::nullopt;
  }
  co_return reply_by_fault(fault_.abort_status);
}

// The names under which this request is found again, here and at the backend.
void Exchange::identify(const wire::RequestHead& head) {
  wire::choose_request_id(head.headers.value(wire::HeaderId::kXRequestId), loop_.random(),
                          request_id_);
  if (worker_.options().trace_fields) {
    trace_ = wire::continue_trace(head.headers, loop_.random());
    record_.trace_id = trace_.trace_bytes;
    record_.span_id = trace_.span_bytes;
    record_.parent_span_id = wire::span_id_bytes(trace_.parent_id);
  }
}

// Is the body sent on as it comes? A small one is held, so that the request can be sent again.
bool Exchange::must_stream(const wire::RequestHead& head) const {
  if (framing_.body != wire::BodyKind::kLength) {
    return framing_.body == wire::BodyKind::kChunked;
  }
  const std::uint64_t room = io::BufferPool::kBulkBytes - io::Buffer::kHeadroom - kHeadGrowthMax;
  return head.expect_continue || framing_.content_length > worker_.options().buffered_body_bytes ||
         head.bytes + framing_.content_length > room;
}

std::optional<ErrorReply> Exchange::prepare() {
  step_ = Step::kPrepare;
  wire::RequestHead& head = worker_.request_head();
  streams_body_ = must_stream(head);
  // An upgrade is an offer that may be left alone (RFC 9110 §7.8). So it is while a body is still
  // under way, and to h2c, which nobody here could look into any more.
  if (head.framing.upgrade &&
      (streams_body_ ||
       wire::header_has_token(head.headers.value(wire::HeaderId::kUpgrade), "h2c"))) {
    head.framing.upgrade = framing_.upgrade = false;
  }
  RequestForwarding forwarding;
  forwarding.client_ip = client_.peer_ip();
  forwarding.listener_port = listener_port_;
  forwarding.request_id = request_id_.view();
  forwarding.strip_bytes = strip_bytes_;
  forwarding.trace = worker_.options().trace_fields ? &trace_ : nullptr;
  std::string path;  // borrowed by `forwarding`
  if (policies_ != nullptr) {
    forwarding.edits = &policies_->spec.request_fields;
  }
  if (policies_ != nullptr && policies_->rewrite) {
    forwarding.host = policies_->rewrite->host();
    if (policies_->rewrite->changes_path()) {
      path = policies_->rewrite->path(head.path, matched_bytes_);
      forwarding.path = path;
    }
  }
  write_request_head(head, forwarding, worker_.writer());
  if (worker_.writer().has_overflow() || !install_head(worker_.writer().view())) {
    return reply_to_grown_head();
  }
  return std::nullopt;
}

// Puts our head in the place of the client's, before whatever follows it in the buffer.
// Returns: false when there is no room for both; nothing has changed then.
bool Exchange::install_head(std::string_view head) {
  io::Buffer& in = client_.in();
  if (!in.replace_front(front_bytes_, head)) {
    const std::string_view rest = in.view().substr(front_bytes_);
    io::Buffer larger = loop_.buffers().take(io::BufferPool::Size::kBulk);
    if (head.size() + rest.size() > larger.tail_room()) {
      return false;
    }
    larger.append(head);
    larger.append(rest);
    in = std::move(larger);
  }
  front_bytes_ = head.size();
  return true;
}

// Reads a small body whole, so that the request can be sent again.
io::Task<Result<void>> Exchange::hold_body() {
  front_bytes_ += static_cast<std::size_t>(framing_.content_length);
  http::BodyProgress progress{loop_.now()};
  while (client_.in().size() < front_bytes_) {
    const base::MonoTime deadline =
        std::min(deadline_, http::body_deadline(client_.options(), loop_.now(), progress));
    const auto count = co_await client_.read_more(deadline);
    if (!count) {
      co_return base::fail(count.error().code, kTooSlow, Side::kClient);
    }
    if (*count == 0) {
      co_return base::fail(Code::kClosed, "the client left within its body", Side::kClient);
    }
    progress.bytes += *count;
  }
  co_return Result<void>();
}

// A copy for the route's second service, of a request that is held whole.
void Exchange::mirror() {
  if (policies_ == nullptr || !policies_->spec.mirror || streams_body_ ||
      !is_drawn(policies_->spec.mirror->percent, loop_.random())) {
    return;
  }
  const model::Cluster* shadow = worker_.index().cluster(policies_->spec.mirror->service);
  if (shadow == nullptr) {
    return;
  }
  if (!worker_.mirrors().has_room()) {
    worker_.limit_met(base::Limit::kMirroredRequests);
    return;
  }
  worker_.mirrors().send(worker_.cluster_of(*shadow),
                         std::string(client_.in().view().substr(0, front_bytes_)), method_);
}

std::expected<balance::Picked, balance::PickRefusal> Exchange::pick_endpoint() {
  const balance::PickContext context{loop_.now(), loop_.random(), tried_,
                                     hash_key_,   pinned_,        subset_.subset()};
  return balance::pick(cluster_->balance(), context);
}

std::optional<ErrorReply> Exchange::pick() {
  step_ = Step::kPick;
  const auto picked =
      next_ ? std::expected<balance::Picked, balance::PickRefusal>(*next_) : pick_endpoint();
  next_.reset();
  if (!picked) {
    worker_.limit_met(limit_met(picked.error()));
    return reply_to_refusal(picked.error());
  }
  must_pause_ = picked->was_tried;
  attempt_.emplace(cluster_->balance(), *picked->endpoint, loop_.now());
  note_choice();
  return std::nullopt;
}

// Whom the attempt is at: for the record, the answer, and the access log.
void Exchange::note_choice() {
  record_.instance = attempt().endpoint().id;
  chosen_ = BackendPin(cluster_->backend(record_.instance));
  if (note_ && chosen_) {
    note_.set_instance(chosen_->instance);
  }
}

io::Task<void> Exchange::pause_before_retry() {
  const model::RetrySettings& retry = cluster_->config().settings.retry;
  const auto wait =
      balance::backoff({.first = retry.backoff_base, .max = retry.backoff_max},
                       record_.retries > 0 ? record_.retries - 1U : 0U, loop_.random());
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
  quiet_since_ = loop_.now();
  if (streams_body_) {
    upload_begun_ = is_uploading_ = true;
    client_.in().consume(front_bytes_);
    front_bytes_ = 0;
    uploads_.spawn("upload", upload(this));
    if (client_error_) {
      co_return base::fail(*client_error_);
    }
  }
  step_ = Step::kAwait;
  arm_hedge();
  answer_.reset();
  const auto count = co_await backend_.recv_pooled(answer_, answer_look());
  const auto is_there = begin_answer(count);
  Result<void> answered;
  if (!is_there) {
    answered = base::fail(is_there.error());
  } else if (!*is_there) {
    answered = co_await read_answer_head();
  }
  if (hedge_ != nullptr) {
    answered = co_await settle_hedge(answered);
  }
  co_return answered;
}

bool Exchange::take_pooled() {
  Backend* backend = cluster_->backend(attempt().endpoint().id);
  backend_reused_ = false;
  if (backend == nullptr) {
    return false;
  }
  auto slot = attempt().endpoint().limits.take_connection();
  if (!slot) {
    return false;
  }
  auto pooled = backend->pool.take(loop_.now());
  if (!pooled) {
    return false;
  }
  slot_ = std::move(*slot);
  backend_ = std::move(pooled->socket);
  backend_requests_ = pooled->requests + 1;
  backend_idled_ = pooled->idled;
  backend_reused_ = true;
  return true;
}

io::Task<Result<void>> Exchange::connect_backend() {
  WEFT_CO_TRY_VOID(co_await take_slot());
  if (backend_) {
    co_return Result<void>();
  }
  const base::MonoTime started = loop_.now();
  WEFT_CO_TRY(backend_, co_await open_connection(attempt().endpoint().id, try_deadline()));
  backend_requests_ = 1;
  record_.connect_ns = (loop_.now() - started).count();
  co_return Result<void>();
}

// A new connection to the endpoint `number`.
io::Task<Result<io::Socket>> Exchange::open_connection(std::uint32_t number,
                                                       base::MonoTime deadline) {
  deadline = std::min(deadline, loop_.now() + cluster_->config().settings.timeouts.connect);
  const Backend* backend = cluster_->backend(number);
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
  co_return co_await io::connect(loop_, address, deadline);
}

// A place among the endpoint's connections; waits for one when all are taken, and takes over the
// connection of whoever left it, when it is still good.
io::Task<Result<void>> Exchange::take_slot() {
  balance::Limits& limits = attempt().endpoint().limits;
  bool has_waited = false;
  for (;;) {
    if (auto slot = limits.take_connection()) {
      slot_ = std::move(*slot);
      co_return Result<void>();
    }
    if (!std::exchange(has_waited, true)) {
      worker_.limit_met(limits.connection_limit_met());
    }
    const auto pending = limits.take_pending();
    if (!pending) {
      worker_.limit_met(limits.pending_limit_met());
      co_return base::fail(pending.error());
    }
    Backend* backend = cluster_->backend(attempt().endpoint().id);
    if (backend == nullptr) {
      co_return base::fail(Code::kUnreachable, "the instance has left", Side::kBackend,
                           Retry::kSafe);
    }
    const auto freed = co_await backend->slot_freed.wait(look_around(try_deadline()));
    if (!freed && freed.error().code != Code::kTimeout) {
      co_return freed;
    }
    if (!freed && loop_.now() >= try_deadline()) {
      co_return base::fail(Code::kOverloaded, "no connection became free in time", Side::kSelf,
                           Retry::kSafe);
    }
    WEFT_CO_TRY_VOID(look_for_client());
    if (take_pooled()) {
      co_return Result<void>();
    }
  }
}

// When to stop waiting for a moment.
base::MonoTime Exchange::look_around(base::MonoTime deadline) const {
  return std::min(deadline, loop_.now() + kLookAround);
}

// A client that closes before its answer has given up (as nginx and Go see it).
Result<void> Exchange::look_for_client() {
  if (is_uploading_ || !client_.socket().peer_has_left()) {
    return {};
  }
  client_error_ = Error{Code::kClosed, Side::kClient, Retry::kNever, 0, "the client left"};
  return base::fail(*client_error_);
}

// How long the backend may still take. While the request is under way it need not answer: who
// stalls then is found out by the upload.
base::MonoTime Exchange::answer_deadline() const {
  return is_uploading_
             ? base::kNever
             : std::min(try_deadline(), quiet_since_ + cluster_->config().settings.timeouts.idle);
}

// Sends the request's body on while the answer is already awaited.
io::Task<void> Exchange::upload(Exchange* self) {
  Relay relay{self->client_.socket(), self->client_.in(), self->request_body_, self->backend_};
  relay.framing =
      self->framing_.body == wire::BodyKind::kChunked ? SinkFraming::kChunked : SinkFraming::kRaw;
  relay.pace = &self->client_.options();
  if (const auto max = self->cluster_->config().settings.limits.request_bytes_max; max > 0) {
    relay.payload_max = max;
  }
  relay.send_timeout = self->cluster_->config().settings.timeouts.idle;
  const auto done = co_await run_relay(relay, {});
  self->end_upload(relay, done);
}

// The backend's time begins when it has the whole request; one that takes no more of it has none.
void Exchange::end_upload(const Relay& relay, const Result<void>& done) {
  is_uploading_ = false;
  upload_done_ = done.has_value();
  if (framing_.body == wire::BodyKind::kChunked) {
    record_.request_bytes += relay.received_bytes;
  }
  tried_at_ = quiet_since_ = loop_.now();
  const bool is_stuck = !done && relay.send_failed && done.error().code == Code::kTimeout;
  deadline_ = is_stuck ? loop_.now() : loop_.now() + request_timeout_;
  if (!done && !relay.send_failed && done.error().code != Code::kCancelled) {
    // The backend cannot answer a request that never ends.
    client_error_ = done.error();
    client_error_->side = Side::kClient;
    if (client_error_->code == Code::kTimeout) {
      client_error_->what = kTooSlow;
    }
    backend_.cancel_recv();
  }
}

base::MonoTime Exchange::try_deadline() const {
  const base::Nanos per_try = cluster_->config().settings.timeouts.per_try;
  return per_try.count() > 0 ? std::min(deadline_, tried_at_ + per_try) : deadline_;
}

base::MonoTime Exchange::idle_deadline() const {
  return std::min(try_deadline(), loop_.now() + cluster_->config().settings.timeouts.idle);
}

}  // namespace weft::proxy
