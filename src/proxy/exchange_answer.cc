// The second half of an exchange: the answer comes, is judged, goes to the client, is recorded.
#include "proxy/affinity.h"
#include "proxy/exchange.h"
#include "proxy/record_method.h"
#include "proxy/relay.h"

#include <utility>

namespace weft::proxy {
namespace {

using base::Code;
using base::Error;
using base::Result;
using base::Retry;
using base::Side;

// A pooled connection that died idle costs nobody anything; more than this many is no coincidence.
constexpr std::uint32_t kStaleRetriesMax = 3;

// A body that a service does not take has a limit of its own.
std::optional<base::Limit> limit_of_client(Code code) {
  return code == Code::kBodyTooLarge ? base::Limit::kRequestBytes : http::client_limit_met(code);
}

bool has_left(const Error& error) {
  return error.code == Code::kClosed || error.code == Code::kReset ||
         error.code == Code::kCancelled;
}

}  // namespace

// Gives the client the informational answer whose head was parsed last (RFC 9110 §15.2).
io::Task<Result<void>> Exchange::pass_informational() {
  if (++informational_ > worker_.options().informational_max) {
    co_return base::fail(Code::kBadMessage, "too many informational answers", Side::kBackend);
  }
  if (version_minor_ > 0) {
    write_response_head(worker_.response_head(), {}, worker_.writer());
    const auto sent = co_await send_scratch(client_.socket(), worker_.writer().view(),
                                            client_.progress_deadline());
    if (!sent) {
      client_error_ = sent.error();
      co_return sent;
    }
  }
  answer_.consume(std::exchange(answer_head_bytes_, 0));
  co_return Result<void>();
}

// What the first bytes of the answer say. Returns: whether the head of the final one is there.
Result<bool> Exchange::begin_answer(const Result<std::size_t>& count) {
  answer_seen_ = answer_head_bytes_ = 0;
  WEFT_TRY_VOID(note_received(count));
  return answer_.empty() ? Result<bool>(false) : take_answer_head();
}

// Looks for the head of the final answer in what has come. Returns: whether it is there.
Result<bool> Exchange::take_answer_head() {
  wire::ResponseHead& head = worker_.response_head();
  WEFT_TRY(answer_head_bytes_,
           wire::parse_response_head(answer_.view(), method_, worker_.options().backend_head, head,
                                     answer_seen_));
  answer_seen_ = answer_.size();
  if (answer_head_bytes_ == 0 || head.is_informational) {
    return false;
  }
  status_ = head.status;
  answer_framing_ = head.framing;
  answer_body_ = BodySource(head.framing);
  record_.first_byte_ns = (loop_.now() - tried_at_).count();
  if (head.headers.has(wire::HeaderId::kKeepAlive)) {
    note_keep_alive(head);
  }
  return true;
}

// Reads up to the head of the final answer, which did not come with the first bytes.
io::Task<Result<void>> Exchange::read_answer_head() {
  for (;;) {
    if (answer_head_bytes_ > 0) {
      WEFT_CO_TRY_VOID(co_await pass_informational());
      answer_seen_ = 0;
    } else {
      if (!make_room_for_answer()) {
        co_return base::fail(Code::kHeadTooLarge, "answer head", Side::kBackend);
      }
      Result<std::size_t> count = 0;
      if (!answer_) {
        count = co_await backend_.recv_pooled(answer_, answer_look());
      } else {
        count = co_await backend_.recv({answer_.tail(), answer_.tail_room()}, answer_look());
        answer_.commit(count.value_or(0));
      }
      WEFT_CO_TRY_VOID(note_received(count));
    }
    if (!answer_.empty()) {
      WEFT_CO_TRY(const bool is_there, take_answer_head());
      if (is_there) {
        co_return Result<void>();
      }
    }
  }
}

// The backend says how long it keeps an idle connection.
void Exchange::note_keep_alive(const wire::ResponseHead& head) {
  const auto timeout = http::announced_idle_timeout(head.headers.value(wire::HeaderId::kKeepAlive));
  Backend* backend = cluster_->backend(attempt().endpoint().id);
  if (timeout && backend != nullptr) {
    backend->pool.on_announced(*timeout);
  }
}

// For more of the answer behind what answer_ holds.
bool Exchange::make_room_for_answer() {
  if (answer_.empty()) {
    answer_.reset();
    return true;
  }
  return answer_.tail_room() > 0 || answer_.grow(loop_.buffers());
}

// After a receive: does the wait for an answer go on?
Result<void> Exchange::note_received(const Result<std::size_t>& count) {
  if (!count && hedge_ != nullptr && !hedge_->answer.empty()) {
    take_hedge();
    return {};
  }
  if (!count && count.error().code == Code::kTimeout && loop_.now() < answer_deadline()) {
    if (loop_.now() >= hedge_at_) {
      start_hedge();
    }
    return look_for_client();
  }
  const bool has_answered = !answer_.empty() || informational_ > 0;
  if (!count) {
    Error error = count.error();
    error.retry = has_answered ? Retry::kNever : error.retry;
    return base::fail(error);
  }
  if (*count == 0) {
    return base::fail(Code::kClosed, "the backend closed without an answer", Side::kBackend,
                      has_answered ? Retry::kNever : Retry::kIfReused);
  }
  quiet_since_ = loop_.now();
  return {};
}

// Was nothing of it processed for certain, or does a second time do no harm?
bool Exchange::may_repeat(Retry safety) const {
  return !upload_begun_ && (safety == Retry::kSafe || wire::is_idempotent(method_)) &&
         loop_.now() < deadline_;
}

// Asked before somebody is looked for: a pick that is not used shifts the turns of the others.
bool Exchange::may_retry() {
  return retries_left_ > 0 && cluster_->balance().retry_budget().may_retry(loop_.now());
}

void Exchange::pay_for_retry() {
  cluster_->balance().retry_budget().spend(loop_.now());
  --retries_left_;
  ++record_.retries;
}

Exchange::Next Exchange::judge(const Error& error) {
  worker_.limit_met(client_error_ ? limit_of_client(client_error_->code)
                                  : base::limit_met(error.code));
  const bool died_idle = backend_reused_ && error.retry != Retry::kNever;
  backend_.close();
  release_slot();
  answer_.reset();
  answer_head_bytes_ = 0;
  if (client_error_) {
    attempt_.reset();
    return Next::kGoOn;
  }
  if (Backend* backend = cluster_->backend(attempt().endpoint().id); backend && died_idle) {
    backend->pool.on_stale(backend_idled_, loop_.now());
  }
  if (died_idle && may_repeat(error.retry) && stale_retries_ < kStaleRetriesMax) {
    ++stale_retries_;
    attempt_.reset();  // says nothing about the endpoint
    return Next::kRetry;
  }
  attempt().settle(balance::outcome_of_error(error), loop_.now());
  tried_.add(attempt().endpoint().id);
  if (balance::is_failure(balance::outcome_of_error(error))) {
    worker_.suspect(attempt().endpoint().id);
  }
  const bool retry = may_repeat(error.retry) && may_retry();
  if (retry) {
    pay_for_retry();
  }
  attempt_.reset();
  record_.failed = true;
  record_.error = error.code;
  record_.side = error.side;
  return retry ? Next::kRetry : Next::kGoOn;
}

// An answer that is worth a retry is given up only for another instance; it says more than "no
// instance is usable" would.
bool Exchange::prefers_another() {
  if (!cluster_->config().settings.retry.is_on(status_) || !may_repeat(Retry::kNever) ||
      !may_retry()) {
    return false;
  }
  tried_.add(attempt().endpoint().id);
  const auto other = pick_endpoint();
  if (!other || other->was_tried) {
    return false;
  }
  pay_for_retry();
  next_ = *other;
  return true;
}

Exchange::Next Exchange::judge_answer() {
  attempt().settle(balance::outcome_of_status(status_), loop_.now());
  if (!prefers_another()) {
    record_.failed = false;
    record_.error = Code::kInternal;
    record_.side = Side::kSelf;
    return Next::kGoOn;
  }
  backend_.close();
  release_slot();
  answer_.reset();
  answer_head_bytes_ = 0;
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
  if (worker_.options().instance_field && chosen_) {
    forwarding.instance = chosen_->instance;
  }
  forwarding.trace_id = trace_.trace_id.view();
  forwarding.request_id = request_id_.view();
  forwarding.framing = framing;
  forwarding.keep_alive = framing_.keep_alive && framing != AnswerFraming::kUntilClose &&
                          !client_.is_draining() && (!upload_begun_ || upload_done_);
  forwarding.client_version_minor = version_minor_;
  AffinityCookie cookie;  // borrowed by `forwarding`
  const model::AffinitySettings& affinity = cluster_->config().settings.affinity;
  const std::uint64_t identity = attempt().endpoint().identity_hash;
  if (!affinity.cookie.empty() && pinned_ != identity) {
    forwarding.set_cookie = cookie.write(affinity, identity);
  }
  if (policies_ != nullptr) {
    forwarding.edits = &policies_->spec.response_fields;
  }
  framing_.keep_alive = forwarding.keep_alive;
  write_response_head(worker_.response_head(), forwarding, worker_.writer());
  return worker_.writer().view();
}

// The head for the client, in the worker's scratch.
std::optional<ErrorReply> Exchange::prepare_answer() {
  step_ = Step::kRelay;
  const std::uint64_t bytes_max = cluster_->config().settings.limits.response_bytes_max;
  if (bytes_max > 0 && answer_framing_.content_length > bytes_max) {
    worker_.limit_met(base::Limit::kResponseBytes);
    return reply_to_large_answer();
  }
  if (write_answer_head(choose_framing()).empty()) {
    return reply_to_backend_error(
        {Code::kHeadTooLarge, Side::kBackend, Retry::kNever, 0, "answer head"});
  }
  answer_.consume(answer_head_bytes_);
  return std::nullopt;
}

Relay Exchange::relay_to_client() {
  const model::ClusterSettings& settings = cluster_->config().settings;
  Relay relay{backend_, answer_, answer_body_, client_.socket()};
  relay.framing =
      choose_framing() == AnswerFraming::kChunked ? SinkFraming::kChunked : SinkFraming::kRaw;
  relay.deadline = deadline_;
  if (settings.limits.response_bytes_max > 0) {
    relay.payload_max = settings.limits.response_bytes_max;
  }
  relay.idle_timeout = settings.timeouts.idle;
  relay.send_timeout = client_.options().progress_timeout;
  return relay;
}

// An answer that did not come whole, or to a request that is still under way.
io::Task<KeepAlive> Exchange::relay_answer(Relay* relay, std::string_view head) {
  const auto relayed = co_await run_relay(*relay, head);
  note_relay(*relay, relayed);
  if (!relayed && relay->sent_bytes == 0 && record_.side == Side::kBackend) {
    co_return co_await refuse(reply_to_backend_error(relayed.error()));
  }
  if (upload_begun_) {
    co_await uploads_.stop();
  }
  co_return end_relay(relayed.has_value());
}

void Exchange::note_relay(const Relay& relay, const Result<void>& relayed) {
  record_.status = status_;
  record_.response_bytes = relay.sent_bytes;
  if (!relayed) {
    note_broken_relay(relay, relayed.error());
  }
}

KeepAlive Exchange::end_relay(bool is_whole) {
  if (is_whole && answer_framing_.keep_alive && answer_.empty() &&
      (!upload_begun_ || upload_done_)) {
    release_backend();
  }
  backend_.close();
  release_slot();
  const bool goes_on = is_whole && framing_.keep_alive && drop_request();
  return record(goes_on ? KeepAlive::kYes : KeepAlive::kNo);
}

void Exchange::note_broken_relay(const Relay& relay, const Error& error) {
  const bool is_clients = relay.send_failed || client_error_.has_value();
  record_.failed = true;
  record_.error = error.code;
  record_.side = is_clients ? Side::kClient : Side::kBackend;
  if (is_clients) {
    worker_.limit_met(limit_of_client(client_error_ ? client_error_->code : error.code));
  } else {
    if (error.code == Code::kBodyTooLarge) {
      worker_.limit_met(base::Limit::kResponseBytes);
    }
    attempt().settle(balance::outcome_of_error(error), loop_.now());
  }
}

// 101: both sides speak what they like from here on. What the client sent early was held back
// until now (a backend must not see it as part of the upgrade request).
io::Task<KeepAlive> Exchange::relay_tunnel() {
  step_ = Step::kRelay;
  // RFC 9110 §15.2.2: a 101 says to what. What follows one that does not is nobody's protocol.
  if (!framing_.upgrade || !answer_framing_.upgrade) {
    co_return co_await refuse(reply_to_backend_error(
        {Code::kBadMessage, Side::kBackend, Retry::kNever, 0, "101 without an upgrade"}));
  }
  framing_.keep_alive = true;
  const std::string_view head = write_answer_head(AnswerFraming::kNone);
  answer_.consume(answer_head_bytes_);
  client_.in().consume(front_bytes_);
  front_bytes_ = 0;
  record_.status = status_;
  const auto sent = co_await send_scratch(client_.socket(), head, client_.progress_deadline());
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
  const bool gone = client_error_ && has_left(*client_error_);
  reply.close |= client_.is_draining() || !framing_.keep_alive || !drop_request();
  record_.status = gone ? 0 : reply.status;
  record_.failed = gone || reply.is_failure;
  record_.side = reply.side;
  if (gone) {
    record_.error = client_error_->code;
  } else {
    refusal_ = reply.reason;
    write_error_reply(reply, names(), method_ != wire::Method::kHead, worker_.writer());
    const std::string_view bytes = worker_.writer().view();
    record_.response_bytes = bytes.size();
    const auto sent = co_await send_scratch(client_.socket(), bytes, client_.progress_deadline());
    reply.close |= !sent;
  }
  co_return record(reply.close || gone ? KeepAlive::kNo : KeepAlive::kYes);
}

ReplyNames Exchange::names() const {
  ReplyNames out;
  out.request_id = request_id_.view();
  out.trace_id = trace_.trace_id.view();
  if (cluster_ != nullptr) {
    out.service = cluster_->config().service;
    if (chosen_) {
      out.instance = chosen_->instance;
    }
  }
  return out;
}

// Gives the connection back to its pool when the exchange ended cleanly on it.
void Exchange::release_backend() {
  const std::uint32_t requests_max = cluster_->config().settings.limits.requests_per_connection_max;
  if (requests_max > 0 && backend_requests_ >= requests_max) {
    worker_.limit_met(base::Limit::kConnectionRequests);
    backend_.close();
  } else if (Backend* backend = cluster_->backend(attempt().endpoint().id)) {
    backend->pool.give(std::move(backend_), loop_.now(), backend_requests_);
  }
  release_slot();
}

void Exchange::release_slot() {
  if (!slot_.is_held()) {
    return;
  }
  slot_.release();
  if (attempt_) {
    cluster_->tell_slot_freed(attempt().endpoint().id);
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
  chosen_.reset();
  if (cluster_ != nullptr) {
    subset_.release();
    cluster_->end_use();
  }
  return keep_alive;
}

void Exchange::write_access_line() {
  const std::string_view service =
      cluster_ != nullptr ? std::string_view(cluster_->config().service) : std::string_view();
  worker_.access()->write({record_, note_, client_.peer_ip(), service, trace_.trace_id.view(),
                           request_id_.view(), refusal_});
}

}  // namespace weft::proxy
