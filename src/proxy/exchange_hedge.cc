// Hedging: when an answer takes long, the same request goes to a second instance, and the first
// answer of the two counts. Only for requests that may be repeated; the retry budget pays for it.
// Source: Dean and Barroso, The Tail at Scale, 2013.
#include "proxy/exchange.h"

#include <utility>

namespace weft::proxy {

using base::Error;
using base::Result;

void Exchange::arm_hedge() {
  hedge_at_ = base::kNever;
  const base::Nanos after = cluster_->config().settings.retry.hedge_after;
  if (after.count() > 0 && wire::is_idempotent(method_) && !streams_body_ && !framing_.upgrade &&
      record_.retries == 0) {
    hedge_at_ = loop_.now() + after;
  }
}

// The first try goes on meanwhile. No endpoint, no free connection or no budget: no second try.
void Exchange::start_hedge() {
  hedge_at_ = base::kNever;
  if (!may_retry()) {
    return;
  }
  tried_.add(attempt().endpoint().id);
  const auto picked = pick_endpoint();
  if (!picked || picked->was_tried) {
    return;
  }
  auto slot = picked->endpoint->limits.take_connection();
  if (!slot) {
    return;
  }
  pay_for_retry();
  hedge_ = std::make_unique<Hedge>();
  hedge_->attempt.emplace(cluster_->balance(), *picked->endpoint, loop_.now());
  hedge_->slot = std::move(*slot);
  hedges_.spawn("hedged try", run_hedge(this));
}

// Up to the first bytes of an answer; then the first try is interrupted.
io::Task<void> Exchange::run_hedge(Exchange* self) {
  Hedge& hedge = *self->hedge_;
  const std::uint32_t number = hedge.attempt->endpoint().id;
  const base::MonoTime deadline = self->deadline_;
  Backend* backend = self->cluster_->backend(number);
  if (auto kept = backend != nullptr ? backend->pool.take(self->loop_.now()) : std::nullopt) {
    hedge.socket = std::move(kept->socket);
    hedge.requests = kept->requests + 1;
    hedge.idled = kept->idled;
    hedge.is_reused = true;
  } else {
    auto fresh = co_await self->open_connection(number, deadline);
    if (!fresh) {
      hedge.attempt->settle(balance::outcome_of_error(fresh.error()), self->loop_.now());
      co_return;
    }
    hedge.socket = std::move(*fresh);
  }
  const std::string_view request = self->client_.in().view().substr(0, self->front_bytes_);
  const auto sent = co_await hedge.socket.send(request, deadline);
  if (!sent) {
    co_return;
  }
  const auto count = co_await hedge.socket.recv_pooled(hedge.answer, deadline);
  if (count && *count > 0) {
    self->backend_.cancel_recv();
  }
}

// The second try answers: it takes the place of the first, which counts as given up.
void Exchange::take_hedge() {
  backend_.close();
  release_slot();
  attempt_.reset();
  attempt_ = std::exchange(hedge_->attempt, std::nullopt);
  slot_ = std::move(hedge_->slot);
  backend_ = std::move(hedge_->socket);
  backend_requests_ = hedge_->requests;
  backend_reused_ = hedge_->is_reused;
  answer_ = std::move(hedge_->answer);
  backend_idled_ = hedge_->idled;
  quiet_since_ = loop_.now();
  note_choice();
}

// The first try has ended, or the second took its place: ends the second unless it is needed.
io::Task<Result<void>> Exchange::settle_hedge(Result<void> answered) {
  if (!answered && !client_error_ && hedge_->attempt) {
    co_await hedges_.join();
    if (!hedge_->answer.empty()) {
      attempt().settle(balance::outcome_of_error(answered.error()), loop_.now());
      worker_.suspect(attempt().endpoint().id);
      take_hedge();
      answered = co_await read_answer_head();
    }
  }
  co_await hedges_.stop();
  if (hedge_->attempt) {
    const std::uint32_t number = hedge_->attempt->endpoint().id;
    hedge_->slot.release();
    cluster_->tell_slot_freed(number);
  }
  hedge_.reset();
  co_return answered;
}

}  // namespace weft::proxy
