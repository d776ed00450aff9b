#include "balance/retry_budget.h"

namespace weft::balance {

RetryBudget::RetryBudget(const RetryBudgetOptions& options)
    : options_(options),
      window_(options.window),
      requests_(options.window / 10),
      retries_(options.window / 10) {}

bool RetryBudget::try_retry(base::MonoTime now) {
  const double allowed = options_.share * static_cast<double>(requests_.sum(now)) +
                         options_.floor_per_second * base::to_seconds(window_);
  if (static_cast<double>(retries_.sum(now)) + 1 > allowed) {
    ++refused_total_;
    return false;
  }
  retries_.add(now);
  ++retries_total_;
  return true;
}

}  // namespace weft::balance
