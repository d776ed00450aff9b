#include "health/thresholds.h"

#include "base/check.h"

namespace weft::health {
namespace {

// Returns: true when `count` has reached the threshold, at which it stays.
bool count_up(std::uint16_t& count, std::uint16_t threshold) {
  if (count < threshold) {
    ++count;
  }
  return count >= threshold;
}

}  // namespace

Verdict Thresholds::fold(const Verdict& now, const Verdict& result, const model::CheckSpec& spec) {
  WEFT_ASSERT(result.status != model::CheckStatus::kNone);
  if (result.status != model::CheckStatus::kCritical) {
    bad_in_a_row_ = 0;
    return count_up(good_in_a_row_, spec.healthy_threshold) ? Verdict{result.status, false} : now;
  }
  good_in_a_row_ = 0;
  const bool is_critical = count_up(bad_in_a_row_, spec.unhealthy_threshold);
  if (is_critical || now.status == model::CheckStatus::kCritical) {
    return result;
  }
  const bool is_warning = spec.warning_threshold > 0 && bad_in_a_row_ >= spec.warning_threshold;
  return is_warning ? Verdict{model::CheckStatus::kWarning, false} : now;
}

}  // namespace weft::health
