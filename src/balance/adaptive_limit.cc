#include "balance/adaptive_limit.h"

#include <algorithm>
#include <cmath>

namespace weft::balance {
namespace {

constexpr base::Nanos kWindow = base::Millis(100);
constexpr std::uint32_t kAnswersMin = 20;
constexpr base::Nanos kBestAge = base::Seconds(60);
constexpr std::uint32_t kLimitAtFirst = 20;
// A halved limit that makes answers less than this much faster has no queue to shorten.
constexpr double kFaster = 0.95;

}  // namespace

AdaptiveLimit::AdaptiveLimit(const AdaptiveOptions& options) : options_(options), limit_(0) {
  set_limit(kLimitAtFirst);
}

void AdaptiveLimit::on_answer(base::Nanos latency, base::MonoTime now) {
  if (window_ends_at_ == base::MonoTime{}) {
    begin_window(now);
  }
  log_latency_sum_ += std::log(std::max(static_cast<double>(latency.count()), 1.0));
  ++answers_;
  if (answers_ >= kAnswersMin && now >= window_ends_at_) {
    end_window(now);
    begin_window(now);
  }
}

void AdaptiveLimit::begin_window(base::MonoTime now) {
  window_ends_at_ = now + kWindow;
  log_latency_sum_ = 0;
  answers_ = 0;
  peak_ = 0;
}

void AdaptiveLimit::end_window(base::MonoTime now) {
  const double typical = std::exp(log_latency_sum_ / answers_);
  switch (phase_) {
    case Phase::kSettling:
      phase_ = Phase::kMeasuring;
      return;
    case Phase::kMeasuring:
      measure(typical, now);
      return;
    case Phase::kSteady:
      break;
  }
  const bool is_in_use = peak_ * 2 >= limit_;
  if (best_ == 0 || typical <= best_) {
    best_ = typical;
    best_until_ = best_until_ == base::MonoTime{} ? now : now + kBestAge;
  } else if (now >= best_until_ && !is_in_use) {
    best_ = typical;  // nobody waits for us: this is what the service takes today
    best_until_ = now + kBestAge;
  }
  if (now >= best_until_ && is_in_use) {
    measured_ = typical;
    limit_before_ = limit_;
    begin_measuring();
    return;
  }
  adjust(typical);
}

void AdaptiveLimit::adjust(double typical) {
  const double gradient = std::clamp(best_ * (1 + options_.latency_headroom) / typical, 0.5, 2.0);
  const double scaled = limit_ * gradient;
  const double wanted = scaled + std::sqrt(scaled);
  if (wanted < limit_ || peak_ * 2 >= limit_) {
    set_limit(wanted);
  }
}

void AdaptiveLimit::begin_measuring() {
  phase_ = Phase::kSettling;
  set_limit(limit_ / 2.0);
}

void AdaptiveLimit::measure(double typical, base::MonoTime now) {
  const bool is_faster = typical < measured_ * kFaster;
  measured_ = std::min(measured_, typical);
  if (is_faster && limit_ > options_.limit_min) {
    begin_measuring();
    return;
  }
  best_ = measured_;
  best_until_ = now + kBestAge;
  phase_ = Phase::kSteady;
  set_limit(limit_before_);
}

void AdaptiveLimit::set_limit(double limit) {
  const double least = std::max(options_.limit_min, 1U);
  limit_ = static_cast<std::uint32_t>(
      std::clamp(limit, least, std::max<double>(options_.limit_max, least)));
}

}  // namespace weft::balance
