#include "balance/breaker.h"

#include <algorithm>

namespace weft::balance {

std::string_view breaker_state_name(BreakerState state) {
  switch (state) {
    case BreakerState::kClosed:
      return "closed";
    case BreakerState::kOpen:
      return "open";
    case BreakerState::kHalfOpen:
      return "half-open";
  }
  return "";
}

Breaker::Breaker(const BreakerOptions& options)
    : options_(options), calls_(options.error_window / 10), failures_(options.error_window / 10) {}

Breaker::Change Breaker::advance(base::MonoTime now) {
  if (options_.use == BreakerOptions::Use::kOff) {
    return reset();
  }
  if (state_ == BreakerState::kOpen && now >= changes_at()) {
    return enter(BreakerState::kHalfOpen);
  }
  return std::nullopt;
}

bool Breaker::admits() const {
  switch (state_) {
    case BreakerState::kClosed:
      return true;
    case BreakerState::kOpen:
      return false;
    case BreakerState::kHalfOpen:
      return trials_begun_ < std::max(options_.half_open_trials, 1U);
  }
  return false;
}

base::MonoTime Breaker::changes_at() const {
  return state_ == BreakerState::kOpen ? opened_at_ + options_.recovery_timeout : base::kNever;
}

Breaker::Ticket Breaker::begin() {
  if (!admits()) {
    return 0;
  }
  if (state_ == BreakerState::kHalfOpen) {
    ++trials_begun_;
  }
  return period_;
}

Breaker::Change Breaker::settle(Ticket ticket, Verdict verdict, base::MonoTime now) {
  if (ticket != period_ || options_.use == BreakerOptions::Use::kOff) {
    return std::nullopt;
  }
  if (state_ == BreakerState::kClosed) {
    return settle_closed(verdict, now);
  }
  if (verdict == Verdict::kFailure) {  // of a trial: while open no ticket is given
    opened_at_ = now;
    return enter(BreakerState::kOpen);
  }
  ++trials_succeeded_;
  if (trials_succeeded_ >= std::max(options_.half_open_trials, 1U)) {
    return enter(BreakerState::kClosed);
  }
  return std::nullopt;
}

void Breaker::cancel(Ticket ticket) {
  if (ticket == period_ && state_ == BreakerState::kHalfOpen) {
    --trials_begun_;
  }
}

Breaker::Change Breaker::on_active_check_passed() {
  return state_ == BreakerState::kOpen ? enter(BreakerState::kHalfOpen) : std::nullopt;
}

Breaker::Change Breaker::reset() {
  if (state_ != BreakerState::kClosed) {
    return enter(BreakerState::kClosed);
  }
  failures_in_a_row_ = 0;
  calls_.clear();
  failures_.clear();
  return std::nullopt;
}

Breaker::Change Breaker::enter(BreakerState state) {
  state_ = state;
  ++period_;
  if (period_ == 0) {  // 0 stands for "not counted"
    period_ = 1;
  }
  failures_in_a_row_ = 0;
  trials_begun_ = 0;
  trials_succeeded_ = 0;
  calls_.clear();
  failures_.clear();
  return state;
}

Breaker::Change Breaker::settle_closed(Verdict verdict, base::MonoTime now) {
  if (options_.error_ratio > 0) {
    calls_.add(now);
  }
  if (verdict == Verdict::kSuccess) {
    failures_in_a_row_ = 0;
    return std::nullopt;
  }
  ++failures_in_a_row_;
  const bool is_row_full =
      options_.consecutive_failures > 0 && failures_in_a_row_ >= options_.consecutive_failures;
  if (is_row_full || is_error_ratio_reached(now)) {
    opened_at_ = now;
    return enter(BreakerState::kOpen);
  }
  return std::nullopt;
}

// Counts the failure that has just been seen.
bool Breaker::is_error_ratio_reached(base::MonoTime now) {
  if (options_.error_ratio <= 0) {
    return false;
  }
  failures_.add(now);
  const std::uint64_t calls = calls_.sum(now);
  return calls >= options_.error_volume_min &&
         static_cast<double>(failures_.sum(now)) >=
             options_.error_ratio * static_cast<double>(calls);
}

}  // namespace weft::balance
