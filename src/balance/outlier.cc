#include "balance/outlier.h"

#include <algorithm>

namespace weft::balance {

std::size_t ejections_max(const OutlierOptions& options, std::size_t endpoint_count) {
  if (endpoint_count < 2) {
    return 0;
  }
  const auto share =
      static_cast<std::size_t>(static_cast<double>(endpoint_count) * options.ejected_ratio_max);
  return std::clamp<std::size_t>(share, 1, endpoint_count - 1);
}

Outlier::Outlier(const OutlierOptions& options) : options_(options) {}

Outlier::Advice Outlier::fold(Outcome outcome) {
  if (outcome == Outcome::kCancelled) {
    return Advice::kKeep;
  }
  failures_in_a_row_ = is_failure(outcome) ? failures_in_a_row_ + 1 : 0;
  gateway_failures_in_a_row_ = is_gateway_failure(outcome) ? gateway_failures_in_a_row_ + 1 : 0;
  const bool is_bad =
      options_.consecutive_5xx > 0 && failures_in_a_row_ >= options_.consecutive_5xx;
  const bool is_unreachable = options_.consecutive_gateway_failures > 0 &&
                              gateway_failures_in_a_row_ >= options_.consecutive_gateway_failures;
  return is_bad || is_unreachable ? Advice::kEject : Advice::kKeep;
}

void Outlier::eject(base::MonoTime now) {
  const base::Nanos in_service = std::max(now - ejected_until_, base::Nanos(0));
  const std::int64_t forgiven =
      options_.forgive_interval > base::Nanos(0) ? in_service / options_.forgive_interval : 0;
  ejection_count_ -= static_cast<std::uint32_t>(
      std::min<std::int64_t>(forgiven, static_cast<std::int64_t>(ejection_count_)));
  ++ejection_count_;
  const base::Nanos time =
      options_.base_ejection_time > options_.max_ejection_time / ejection_count_
          ? options_.max_ejection_time
          : options_.base_ejection_time * ejection_count_;
  ejected_until_ = now + time;
  failures_in_a_row_ = 0;
  gateway_failures_in_a_row_ = 0;
}

void Outlier::uneject(base::MonoTime now) {
  ejected_until_ = std::min(ejected_until_, now);
  failures_in_a_row_ = 0;
  gateway_failures_in_a_row_ = 0;
}

}  // namespace weft::balance
