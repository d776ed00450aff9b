#include "balance/breaker.h"

#include <gtest/gtest.h>

namespace weft::balance {
namespace {

using base::MonoTime;
using base::Seconds;
using Verdict = Breaker::Verdict;

class BreakerTest : public testing::Test {
 protected:
  Breaker::Change call(Verdict verdict) { return breaker_.settle(breaker_.begin(), verdict, now_); }
  Breaker::Change fail_times(int times) {
    Breaker::Change last;
    for (int i = 0; i < times; ++i) {
      last = call(Verdict::kFailure);
    }
    return last;
  }

  BreakerOptions options_;
  MonoTime now_{Seconds(100)};
  Breaker breaker_{options_};
};

TEST_F(BreakerTest, SpellsItsStatesAsTheContractDoes) {
  EXPECT_EQ(breaker_state_name(BreakerState::kClosed), "closed");
  EXPECT_EQ(breaker_state_name(BreakerState::kOpen), "open");
  EXPECT_EQ(breaker_state_name(BreakerState::kHalfOpen), "half-open");
}

TEST_F(BreakerTest, OpensAtTheFifthFailureInARow) {
  EXPECT_FALSE(fail_times(4));
  EXPECT_TRUE(breaker_.admits());
  EXPECT_EQ(call(Verdict::kFailure), BreakerState::kOpen);
  EXPECT_FALSE(breaker_.admits());
  EXPECT_EQ(breaker_.begin(), 0U);
}

TEST_F(BreakerTest, ASuccessBreaksTheRow) {
  fail_times(4);
  call(Verdict::kSuccess);
  EXPECT_FALSE(fail_times(4));
  EXPECT_EQ(breaker_.state(), BreakerState::kClosed);
}

TEST_F(BreakerTest, ACancelledCallDoesNotBreakTheRow) {
  fail_times(4);
  breaker_.cancel(breaker_.begin());
  EXPECT_EQ(call(Verdict::kFailure), BreakerState::kOpen);
}

TEST_F(BreakerTest, HalfOpensWhenTheRecoveryTimeoutIsOverAndAdmitsOneTrial) {
  fail_times(5);
  EXPECT_EQ(breaker_.changes_at(), now_ + Seconds(60));
  now_ += Seconds(60) - base::Nanos(1);
  EXPECT_FALSE(breaker_.advance(now_));
  now_ += base::Nanos(1);
  EXPECT_EQ(breaker_.advance(now_), BreakerState::kHalfOpen);
  EXPECT_EQ(breaker_.changes_at(), base::kNever);
  EXPECT_TRUE(breaker_.admits());
  EXPECT_NE(breaker_.begin(), 0U);
  EXPECT_FALSE(breaker_.admits());
}

TEST_F(BreakerTest, ASuccessfulTrialClosesAndForgets) {
  fail_times(5);
  breaker_.advance(now_ += Seconds(60));
  EXPECT_EQ(call(Verdict::kSuccess), BreakerState::kClosed);
  EXPECT_FALSE(fail_times(4));
  EXPECT_EQ(call(Verdict::kFailure), BreakerState::kOpen);
}

TEST_F(BreakerTest, AFailedTrialOpensForTheWholeTimeAgain) {
  fail_times(5);
  breaker_.advance(now_ += Seconds(60));
  EXPECT_EQ(call(Verdict::kFailure), BreakerState::kOpen);
  EXPECT_EQ(breaker_.changes_at(), now_ + Seconds(60));
}

TEST_F(BreakerTest, ACancelledTrialFreesItsPlace) {
  fail_times(5);
  breaker_.advance(now_ += Seconds(60));
  breaker_.cancel(breaker_.begin());
  EXPECT_TRUE(breaker_.admits());
}

TEST_F(BreakerTest, SeveralTrialsMustAllSucceed) {
  options_.half_open_trials = 3;
  fail_times(5);
  breaker_.advance(now_ += Seconds(60));
  const auto first = breaker_.begin();
  const auto second = breaker_.begin();
  const auto third = breaker_.begin();
  EXPECT_FALSE(breaker_.admits());
  EXPECT_FALSE(breaker_.settle(first, Verdict::kSuccess, now_));
  EXPECT_FALSE(breaker_.settle(second, Verdict::kSuccess, now_));
  EXPECT_FALSE(breaker_.admits()) << "three trials in all, not three at a time";
  EXPECT_EQ(breaker_.settle(third, Verdict::kSuccess, now_), BreakerState::kClosed);
}

TEST_F(BreakerTest, OneFailureAmongSeveralTrialsOpens) {
  options_.half_open_trials = 3;
  fail_times(5);
  breaker_.advance(now_ += Seconds(60));
  const auto first = breaker_.begin();
  const auto second = breaker_.begin();
  EXPECT_EQ(breaker_.settle(first, Verdict::kFailure, now_), BreakerState::kOpen);
  EXPECT_FALSE(breaker_.settle(second, Verdict::kSuccess, now_)) << "too late to count";
}

TEST_F(BreakerTest, VerdictsOfCallsFromBeforeTheChangeAreIgnored) {
  const auto old = breaker_.begin();
  fail_times(5);
  EXPECT_FALSE(breaker_.settle(old, Verdict::kSuccess, now_));
  breaker_.advance(now_ += Seconds(60));
  EXPECT_FALSE(breaker_.settle(old, Verdict::kFailure, now_));
  breaker_.cancel(old);
  EXPECT_EQ(breaker_.state(), BreakerState::kHalfOpen);
  EXPECT_EQ(call(Verdict::kSuccess), BreakerState::kClosed);
}

TEST_F(BreakerTest, APassedActiveCheckEndsAnOpenPeriodEarly) {
  EXPECT_FALSE(breaker_.on_active_check_passed());
  fail_times(5);
  EXPECT_EQ(breaker_.on_active_check_passed(), BreakerState::kHalfOpen);
  EXPECT_FALSE(breaker_.on_active_check_passed()) << "a trial still decides";
  EXPECT_EQ(call(Verdict::kFailure), BreakerState::kOpen);
}

TEST_F(BreakerTest, ResetClosesAndForgets) {
  fail_times(4);
  EXPECT_FALSE(breaker_.reset());
  EXPECT_FALSE(fail_times(4));
  fail_times(1);
  EXPECT_EQ(breaker_.reset(), BreakerState::kClosed);
  EXPECT_TRUE(breaker_.admits());
}

TEST_F(BreakerTest, ChangedOptionsCountAtOnce) {
  fail_times(3);
  options_.consecutive_failures = 4;
  EXPECT_EQ(call(Verdict::kFailure), BreakerState::kOpen);
  options_.recovery_timeout = Seconds(2);
  EXPECT_EQ(breaker_.advance(now_ + Seconds(2)), BreakerState::kHalfOpen);
}

TEST_F(BreakerTest, SwitchedOffItClosesAndStaysClosed) {
  fail_times(5);
  options_.use = BreakerOptions::Use::kOff;
  EXPECT_EQ(breaker_.advance(now_), BreakerState::kClosed);
  EXPECT_FALSE(fail_times(100));
  EXPECT_TRUE(breaker_.admits());
}

TEST_F(BreakerTest, OpensAtTheErrorRatioOnceTheVolumeIsThere) {
  options_.consecutive_failures = 0;
  options_.error_ratio = 0.5;
  for (int i = 0; i < 9; ++i) {
    EXPECT_FALSE(call(Verdict::kFailure));
    EXPECT_FALSE(call(Verdict::kSuccess));
  }
  EXPECT_FALSE(call(Verdict::kFailure)) << "19 calls, 20 needed";
  EXPECT_EQ(call(Verdict::kFailure), BreakerState::kOpen);
}

TEST_F(BreakerTest, TheErrorRatioForgetsTheWindowThatPassed) {
  options_.consecutive_failures = 0;
  options_.error_ratio = 0.5;
  fail_times(19);
  now_ += Seconds(11);
  EXPECT_FALSE(fail_times(19));
  EXPECT_EQ(call(Verdict::kFailure), BreakerState::kOpen);
}

}  // namespace
}  // namespace weft::balance
