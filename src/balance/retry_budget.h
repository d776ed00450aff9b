// Keeps retries from becoming the overload they answer: a share of the recent requests plus a floor
// that lets quiet clusters retry at all.
#pragma once

#include "balance/rolling_counter.h"
#include "base/time.h"

#include <cstdint>

namespace weft::balance {

// Source: contract/README.md "Every service through the gateway"; the shape is Finagle's
// RetryBudget.
struct RetryBudgetOptions {
  double share = 0.2;                      // retries per request of the window
  double floor_per_second = 10;            // retries on top, whatever the traffic
  base::Nanos window = base::Seconds(10);  // fixed when the budget is made
};

// In any span of `window`, retries <= share × requests of that span + floor_per_second × window.
// Lifetime: `options` outlives it and may change under it.
// Thread:   its loop.
class RetryBudget final {
 public:
  explicit RetryBudget(const RetryBudgetOptions& options);

  // Once for each request, not for its retries.
  void on_request(base::MonoTime now) { requests_.add(now); }
  // True: the retry is paid for. False: give the client what you have.
  bool try_retry(base::MonoTime now) {
    if (!may_retry(now)) {
      return false;
    }
    spend(now);
    return true;
  }
  // The same in two steps, for who has to look for somebody to retry with in between; a no counts
  // as a refusal.
  bool may_retry(base::MonoTime now);
  void spend(base::MonoTime now);

  std::uint64_t retries_total() const { return retries_total_; }
  std::uint64_t refused_total() const { return refused_total_; }

 private:
  const RetryBudgetOptions& options_;
  base::Nanos window_;
  RollingCounter<10> requests_;  // covers at most the window
  RollingCounter<11> retries_;   // covers at least the window, so the promise holds for every span
  std::uint64_t retries_total_ = 0;
  std::uint64_t refused_total_ = 0;
};

}  // namespace weft::balance
