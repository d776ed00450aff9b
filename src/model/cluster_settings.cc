#include "model/cluster_settings.h"

#include "base/described_decode.h"

namespace weft::model {
namespace {

void require_positive(base::Decoding& at, const char* group, const char* member,
                      base::Nanos duration) {
  if (duration <= base::Nanos(0)) {
    const base::Decoding::Step step(at, std::string(group));
    at.refuse_member(member, base::FieldProblem::kNotAbove, "must be more than 0s");
  }
}

}  // namespace

LimitSettings limit_settings(const base::Limits& limits) {
  return {.connections_max = static_cast<std::uint32_t>(limits[base::Limit::kBackendConnections]),
          .pending_max = static_cast<std::uint32_t>(limits[base::Limit::kBackendPending])};
}

void ClusterSettings::validate(base::Decoding& at) const {
  require_positive(at, "breaker", "recovery", breaker.recovery);
  require_positive(at, "breaker", "error_ratio_window", breaker.error_ratio_window);
  require_positive(at, "outlier", "ejection_time", outlier.ejection_time);
  if (outlier.ejection_time_max < outlier.ejection_time) {
    const base::Decoding::Step step(at, std::string("outlier"));
    at.refuse_member("ejection_time_max", base::FieldProblem::kRefused,
                     "must not be less than ejection_time");
  }
  require_positive(at, "retry", "budget_window", retry.budget_window);
  require_positive(at, "timeouts", "connect", timeouts.connect);
  require_positive(at, "timeouts", "request", timeouts.request);
  require_positive(at, "timeouts", "idle", timeouts.idle);
}

}  // namespace weft::model
