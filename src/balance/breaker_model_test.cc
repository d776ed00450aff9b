// The breaker against a naive reference that keeps every event since the last change of state and
// works each answer out from that list.
#include "balance/breaker.h"
#include "base/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <vector>

namespace weft::balance {
namespace {

using base::Millis;
using base::MonoTime;
using base::Seconds;
using Verdict = Breaker::Verdict;

struct Event {
  bool is_failure = false;
  MonoTime at{};
};

class NaiveBreaker {
 public:
  explicit NaiveBreaker(const BreakerOptions& options) : options_(options) {}

  void advance(MonoTime now) {
    if (state == BreakerState::kOpen && now - entered_at_ >= options_.recovery_timeout) {
      enter(BreakerState::kHalfOpen, now);
    }
  }
  bool admits() const {
    return state == BreakerState::kClosed ||
           (state == BreakerState::kHalfOpen && trials_ < options_.half_open_trials);
  }
  // Returns: the period the call belongs to, nullopt when it is refused.
  std::optional<int> begin() {
    if (!admits()) {
      return std::nullopt;
    }
    ++trials_;
    return period;
  }
  void settle(int of_period, bool is_failure, MonoTime now) {
    if (of_period != period) {
      return;
    }
    events_.push_back({is_failure, now});
    if (state == BreakerState::kHalfOpen) {
      if (is_failure) {
        enter(BreakerState::kOpen, now);
      } else if (events_.size() == options_.half_open_trials) {
        enter(BreakerState::kClosed, now);
      }
    } else if (is_failure && (is_row_full() || is_ratio_reached(now))) {
      enter(BreakerState::kOpen, now);
    }
  }
  void cancel(int of_period) { trials_ -= of_period == period ? 1 : 0; }
  void check_passed(MonoTime now) {
    if (state == BreakerState::kOpen) {
      enter(BreakerState::kHalfOpen, now);
    }
  }
  void reset(MonoTime now) {
    if (state != BreakerState::kClosed) {
      enter(BreakerState::kClosed, now);
    }
    events_.clear();
  }

  BreakerState state = BreakerState::kClosed;
  int period = 0;

 private:
  bool is_row_full() const {
    if (options_.consecutive_failures == 0 || events_.size() < options_.consecutive_failures) {
      return false;
    }
    return std::all_of(events_.end() - options_.consecutive_failures, events_.end(),
                       [](const Event& event) { return event.is_failure; });
  }
  bool is_ratio_reached(MonoTime now) const {
    if (options_.error_ratio == 0) {
      return false;
    }
    const auto width = options_.error_window / 10;
    double calls = 0;
    double failures = 0;
    for (const Event& event : events_) {
      if (event.at.time_since_epoch() / width > now.time_since_epoch() / width - 10) {
        calls += 1;
        failures += event.is_failure ? 1 : 0;
      }
    }
    return calls >= options_.error_volume_min && failures >= options_.error_ratio * calls;
  }
  void enter(BreakerState next, MonoTime now) {
    state = next;
    entered_at_ = now;
    ++period;
    trials_ = 0;
    events_.clear();
  }

  const BreakerOptions& options_;
  std::vector<Event> events_;
  unsigned trials_ = 0;
  MonoTime entered_at_{};
};

BreakerOptions random_breaker_options(base::Random& random) {
  BreakerOptions options;
  options.consecutive_failures = static_cast<std::uint32_t>(random.below(6));
  options.recovery_timeout = Millis(100 + static_cast<std::int64_t>(random.below(3000)));
  options.half_open_trials = 1 + static_cast<std::uint32_t>(random.below(3));
  options.error_ratio = random.below(2) == 0 ? 0 : 0.2 + 0.6 * random.unit();
  options.error_volume_min = 1 + static_cast<std::uint32_t>(random.below(15));
  options.error_window = Seconds(1);
  return options;
}

struct Call {
  Breaker::Ticket ticket;
  int period;
};

class BreakerWalk {
 public:
  explicit BreakerWalk(std::uint64_t seed)
      : random_(seed), failure_share_(random_.unit()), options_(random_breaker_options(random_)) {}

  void step() {
    now_ += Millis(static_cast<std::int64_t>(random_.below(random_.below(20) == 0 ? 2000 : 50)));
    breaker_.advance(now_);
    naive_.advance(now_);
    const std::uint64_t dice = random_.below(100);
    if (dice < 45) {
      begin();
    } else if (dice < 85) {
      end(Ending::kSettle);
    } else if (dice < 95) {
      end(Ending::kCancel);
    } else if (dice < 99) {
      breaker_.on_active_check_passed();
      naive_.check_passed(now_);
    } else {
      breaker_.reset();
      naive_.reset(now_);
    }
    opened_ += naive_.state == BreakerState::kOpen ? 1 : 0;
  }

  void compare() const {
    ASSERT_EQ(breaker_.state(), naive_.state);
    ASSERT_EQ(breaker_.admits(), naive_.admits());
  }
  int opened() const { return opened_; }

 private:
  enum class Ending : std::uint8_t { kSettle, kCancel };

  void begin() {
    const Breaker::Ticket ticket = breaker_.begin();
    const std::optional<int> period = naive_.begin();
    ASSERT_EQ(ticket != 0, period.has_value());
    if (period) {
      calls_.push_back({ticket, *period});
    }
  }
  void end(Ending ending) {
    if (calls_.empty()) {
      return;
    }
    std::swap(calls_[random_.below(calls_.size())], calls_.back());
    const Call call = calls_.back();
    calls_.pop_back();
    if (ending == Ending::kCancel) {
      breaker_.cancel(call.ticket);
      naive_.cancel(call.period);
      return;
    }
    const bool is_failure = random_.unit() < failure_share_;
    const int period_before = naive_.period;
    naive_.settle(call.period, is_failure, now_);
    const auto change =
        breaker_.settle(call.ticket, is_failure ? Verdict::kFailure : Verdict::kSuccess, now_);
    ASSERT_EQ(change.has_value(), naive_.period != period_before);
    ASSERT_EQ(change.value_or(naive_.state), naive_.state);
  }

  base::Random random_;
  double failure_share_;
  BreakerOptions options_;
  MonoTime now_{Seconds(50)};
  Breaker breaker_{options_};
  NaiveBreaker naive_{options_};
  std::vector<Call> calls_;
  int opened_ = 0;
};

TEST(BreakerModel, BehavesAsTheNaiveReferenceOverRandomEvents) {
  int opened = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    BreakerWalk walk(seed);
    for (int step = 0; step < 500; ++step) {
      walk.step();
      walk.compare();
      if (testing::Test::HasFatalFailure()) {
        FAIL() << "step " << step;
      }
    }
    opened += walk.opened() > 0 ? 1 : 0;
  }
  EXPECT_GT(opened, 200) << "the walks must reach the states they are to compare";
}

}  // namespace
}  // namespace weft::balance
