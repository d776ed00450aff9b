#include "balance/attempt.h"

#include <optional>
#include <utility>

namespace weft::balance {

Attempt::Attempt(Cluster& cluster, Endpoint& endpoint, base::MonoTime now)
    : cluster_(&cluster), endpoint_(&endpoint), ticket_(cluster.begin(endpoint)), begun_at_(now) {}

Attempt::Attempt(Attempt&& other) noexcept
    : cluster_(other.cluster_),
      endpoint_(std::exchange(other.endpoint_, nullptr)),
      ticket_(other.ticket_),
      progress_(other.progress_),
      begun_at_(other.begun_at_) {}

Attempt& Attempt::operator=(Attempt&& other) noexcept {
  if (this != &other) {
    release();
    cluster_ = other.cluster_;
    endpoint_ = std::exchange(other.endpoint_, nullptr);
    ticket_ = other.ticket_;
    progress_ = other.progress_;
    begun_at_ = other.begun_at_;
  }
  return *this;
}

Attempt::~Attempt() { release(); }

void Attempt::settle(Outcome outcome, base::MonoTime now) {
  if (outcome == Outcome::kCancelled || progress_ == Progress::kFailed) {
    return;
  }
  const bool is_first = progress_ == Progress::kRunning;
  const bool is_bad = is_failure(outcome);
  if (!is_first && !is_bad) {
    return;
  }
  // A stream that broke late took as long as its body; that is no latency.
  const base::Nanos latency = is_first ? now - begun_at_ : base::Nanos(0);
  if (is_bad) {
    endpoint_->latency.observe_failure(latency, now);
  } else {
    endpoint_->latency.observe(latency, now);
  }
  if (cluster_->observes()) {
    cluster_->observe(*endpoint_, outcome, is_first ? std::optional(latency) : std::nullopt, now);
  }
  progress_ = is_bad ? Progress::kFailed : Progress::kAnswered;
  cluster_->settle(*endpoint_, ticket_, outcome, now);
}

void Attempt::release() {
  if (endpoint_ == nullptr) {
    return;
  }
  if (progress_ == Progress::kRunning) {
    cluster_->cancel(*endpoint_, ticket_);
  }
  cluster_->end(*endpoint_);
  endpoint_ = nullptr;
}

}  // namespace weft::balance
