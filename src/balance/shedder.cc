#include "balance/shedder.h"

#include <algorithm>

namespace weft::balance {
namespace {

// Fewer turns than this say nothing yet: a single long one, such as a large snapshot, is no
// overload.
constexpr std::uint32_t kTurnsMin = 5;
// Somebody must get through, or nobody would notice that the loop has recovered.
constexpr double kShareMax = 0.95;
// By what one interval above may multiply the share that is admitted, at the least, and one below
// does.
constexpr double kAdmittedRatioMin = 0.5;
constexpr double kAdmittedGrowth = 1.1;

}  // namespace

void Shedder::on_turn(base::Nanos took, base::MonoTime now) {
  if (now == turn_at_) {
    return;
  }
  turn_at_ = now;
  shortest_ = std::min(shortest_, took);
  ++turns_;
  if (now >= interval_ends_at_ && turns_ >= kTurnsMin) [[unlikely]] {
    end_interval(now);
  }
}

void Shedder::end_interval(base::MonoTime now) {
  const bool is_first = interval_ends_at_ == base::MonoTime{};
  if (options_.delay_max > base::Nanos(0) && shortest_ > options_.delay_max && !is_first) {
    const double ratio = base::to_seconds(options_.delay_max) / base::to_seconds(shortest_);
    const double admitted = (1 - share_) * std::max(ratio, kAdmittedRatioMin);
    share_ = std::min(1 - admitted, kShareMax);
  } else {
    share_ = std::max(1 - (1 - share_) * kAdmittedGrowth, 0.0);
  }
  interval_ends_at_ = now + options_.interval;
  shortest_ = base::Nanos::max();
  turns_ = 0;
}

Shedder::Verdict Shedder::judge(std::uint32_t requests) {
  if (options_.requests_max > 0 && requests >= options_.requests_max) {
    ++refused_total_;
    return Verdict::kTooManyRequests;
  }
  if (share_ == 0) [[likely]] {
    return Verdict::kAdmit;
  }
  due_ += share_;  // evenly, without chance
  if (due_ < 1) {
    return Verdict::kAdmit;
  }
  due_ -= 1;
  ++refused_total_;
  return Verdict::kTooSlow;
}

}  // namespace weft::balance
