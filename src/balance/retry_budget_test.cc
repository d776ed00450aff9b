#include "balance/retry_budget.h"

#include "base/random.h"

#include <gtest/gtest.h>

#include <deque>

namespace weft::balance {
namespace {

using base::Millis;
using base::MonoTime;
using base::Seconds;

constexpr MonoTime kBudgetStart{Seconds(1000)};

int retries_granted(RetryBudget& budget, MonoTime now, int asked) {
  int granted = 0;
  for (int i = 0; i < asked; ++i) {
    granted += budget.try_retry(now) ? 1 : 0;
  }
  return granted;
}

TEST(RetryBudget, GrantsTheFloorWithoutAnyTraffic) {
  const RetryBudgetOptions options;
  RetryBudget budget(options);
  EXPECT_EQ(retries_granted(budget, kBudgetStart, 1000), 100);  // 10 per second of the last 10
  EXPECT_EQ(budget.refused_total(), 900U);
  EXPECT_EQ(budget.retries_total(), 100U);
}

TEST(RetryBudget, RefusesWhenRetriesExceedTheShare) {
  const RetryBudgetOptions options{.floor_per_second = 0};
  RetryBudget budget(options);
  for (int i = 0; i < 50; ++i) {
    budget.on_request(kBudgetStart);
  }
  EXPECT_EQ(retries_granted(budget, kBudgetStart, 50), 10);
}

TEST(RetryBudget, IsWholeAgainWhenTheWindowHasPassed) {
  const RetryBudgetOptions options;
  RetryBudget budget(options);
  EXPECT_EQ(retries_granted(budget, kBudgetStart, 200), 100);
  EXPECT_EQ(retries_granted(budget, kBudgetStart + Seconds(9), 200), 0);
  EXPECT_EQ(retries_granted(budget, kBudgetStart + Seconds(12), 200), 100);
}

TEST(RetryBudget, OfZeroGrantsNothing) {
  const RetryBudgetOptions options{.share = 0, .floor_per_second = 0};
  RetryBudget budget(options);
  budget.on_request(kBudgetStart);
  EXPECT_FALSE(budget.try_retry(kBudgetStart));
}

// What happened within the last window, exactly.
class SlidingWindow {
 public:
  explicit SlidingWindow(base::Nanos length) : length_(length) {}

  void add(MonoTime now) { times_.push_back(now); }
  std::size_t count(MonoTime now) {
    while (!times_.empty() && times_.front() <= now - length_) {
      times_.pop_front();
    }
    return times_.size();
  }

 private:
  base::Nanos length_;
  std::deque<MonoTime> times_;
};

// The promise of the class, checked at every granted retry.
TEST(RetryBudget, NeverGrantsMoreThanShareAndFloorInAnyWindow) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    base::Random random(seed);
    const RetryBudgetOptions options{.share = random.unit(),
                                     .floor_per_second = static_cast<double>(random.below(4))};
    RetryBudget budget(options);
    SlidingWindow requests(options.window);
    SlidingWindow retries(options.window);
    MonoTime now = kBudgetStart;
    for (int step = 0; step < 4000; ++step) {
      now += Millis(static_cast<std::int64_t>(random.below(random.below(50) == 0 ? 3000 : 20)));
      if (random.below(3) > 0) {
        budget.on_request(now);
        requests.add(now);
      } else if (budget.try_retry(now)) {
        retries.add(now);
        ASSERT_LE(static_cast<double>(retries.count(now)),
                  options.share * static_cast<double>(requests.count(now)) +
                      options.floor_per_second * 10)
            << "step " << step;
      }
    }
  }
}

}  // namespace
}  // namespace weft::balance
