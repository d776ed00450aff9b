#include "balance/retry_budget.h"

namespace weft::balance {

RetryBudget::RetryBudget(const RetryBudgetOptions& options)
    : options_(options),
      window_(options.window),
      requests_(options.window / 10),
      retries_(options.window / 10) {}

bool RetryBudget::may_retry(base::MonoTime now) {
  const double allowed = options_.share * static_cast<double>(requests_.sum(now)) +
                         options_.floor_per_second * base::to_seconds(window_);
  const bool has_room = static_cast<double>(retries_.sum(now)) + 1 <= allowed;
  refused_total_ += has_room ? 0 : 1;
  return has_room;
}

void RetryBudget::spend(base::MonoTime now) {
  retries_.add(now);
  ++retries_total_;
}

}  // namespace weft::balance
