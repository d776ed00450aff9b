#include "balance/breaker.h"

#include <gtest/gtest.h>

namespace weft::balance {
namespace {

using base::MonoTime;
using base::Seconds;
using Verdict = Breaker::Verdict;

class BreakerTest : public testing::Test {
 protected:
  Breaker::Change call(Verdict verdict) { return breaker.settle(breaker.begin(), verdict, now); }
  Breaker::Change fail_times(int times) {
    Breaker::Change last;
    for (int i = 0; i < times; ++i) {
      last = call(Verdict::kFailure);
    }
    return last;
  }

  BreakerOptions options;
  MonoTime now{Seconds(100)};
  Breaker breaker{options};
};

TEST_F(BreakerTest, SpellsItsStatesAsTheContractDoes) {
  EXPECT_EQ(breaker_state_name(BreakerState::kClosed), "closed");
  EXPECT_EQ(breaker_state_name(BreakerState::kOpen), "open");
  EXPECT_EQ(breaker_state_name(BreakerState::kHalfOpen), "half-open");
}

TEST_F(BreakerTest, OpensAtTheFifthFailureInARow) {
  EXPECT_FALSE(fail_times(4));
  EXPECT_TRUE(breaker.admits());
  EXPECT_EQ(call(Verdict::kFailure), BreakerState::kOpen);
  EXPECT_FALSE(breaker.admits());
  EXPECT_EQ(breaker.begin(), 0U);
}

TEST_F(BreakerTest, ASuccessBreaksTheRow) {
  fail_times(4);
  call(Verdict::kSuccess);
  EXPECT_FALSE(fail_times(4));
  EXPECT_EQ(breaker.state(), BreakerState::kClosed);
}

TEST_F(BreakerTest, ACancelledCallDoesNotBreakTheRow) {
  fail_times(4);
  breaker.cancel(breaker.begin());
  EXPECT_EQ(call(Verdict::kFailure), BreakerState::kOpen);
}

TEST_F(BreakerTest, HalfOpensWhenTheRecoveryTimeoutIsOverAndAdmitsOneTrial) {
  fail_times(5);
  EXPECT_EQ(breaker.changes_at(), now + Seconds(60));
  now += Seconds(60) - base::Nanos(1);
  EXPECT_FALSE(breaker.advance(now));
  now += base::Nanos(1);
  EXPECT_EQ(breaker.advance(now), BreakerState::kHalfOpen);
  EXPECT_EQ(breaker.changes_at(), base::kNever);
  EXPECT_TRUE(breaker.admits());
  EXPECT_NE(breaker.begin(), 0U);
  EXPECT_FALSE(breaker.admits());
}

TEST_F(BreakerTest, ASuccessfulTrialClosesAndForgets) {
  fail_times(5);
  breaker.advance(now += Seconds(60));
  EXPECT_EQ(call(Verdict::kSuccess), BreakerState::kClosed);
  EXPECT_FALSE(fail_times(4));
  EXPECT_EQ(call(Verdict::kFailure), BreakerState::kOpen);
}

TEST_F(BreakerTest, AFailedTrialOpensForTheWholeTimeAgain) {
  fail_times(5);
  breaker.advance(now += Seconds(60));
  EXPECT_EQ(call(Verdict::kFailure), BreakerState::kOpen);
  EXPECT_EQ(breaker.changes_at(), now + Seconds(60));
}

TEST_F(BreakerTest, ACancelledTrialFreesItsPlace) {
  fail_times(5);
  breaker.advance(now += Seconds(60));
  breaker.cancel(breaker.begin());
  EXPECT_TRUE(breaker.admits());
}

TEST_F(BreakerTest, SeveralTrialsMustAllSucceed) {
  options.half_open_trials = 3;
  fail_times(5);
  breaker.advance(now += Seconds(60));
  const auto first = breaker.begin();
  const auto second = breaker.begin();
  const auto third = breaker.begin();
  EXPECT_FALSE(breaker.admits());
  EXPECT_FALSE(breaker.settle(first, Verdict::kSuccess, now));
  EXPECT_FALSE(breaker.settle(second, Verdict::kSuccess, now));
  EXPECT_FALSE(breaker.admits()) << "three trials in all, not three at a time";
  EXPECT_EQ(breaker.settle(third, Verdict::kSuccess, now), BreakerState::kClosed);
}

TEST_F(BreakerTest, OneFailureAmongSeveralTrialsOpens) {
  options.half_open_trials = 3;
  fail_times(5);
  breaker.advance(now += Seconds(60));
  const auto first = breaker.begin();
  const auto second = breaker.begin();
  EXPECT_EQ(breaker.settle(first, Verdict::kFailure, now), BreakerState::kOpen);
  EXPECT_FALSE(breaker.settle(second, Verdict::kSuccess, now)) << "too late to count";
}

TEST_F(BreakerTest, VerdictsOfCallsFromBeforeTheChangeAreIgnored) {
  const auto old = breaker.begin();
  fail_times(5);
  EXPECT_FALSE(breaker.settle(old, Verdict::kSuccess, now));
  breaker.advance(now += Seconds(60));
  EXPECT_FALSE(breaker.settle(old, Verdict::kFailure, now));
  breaker.cancel(old);
  EXPECT_EQ(breaker.state(), BreakerState::kHalfOpen);
  EXPECT_EQ(call(Verdict::kSuccess), BreakerState::kClosed);
}

TEST_F(BreakerTest, APassedActiveCheckEndsAnOpenPeriodEarly) {
  EXPECT_FALSE(breaker.on_active_check_passed());
  fail_times(5);
  EXPECT_EQ(breaker.on_active_check_passed(), BreakerState::kHalfOpen);
  EXPECT_FALSE(breaker.on_active_check_passed()) << "a trial still decides";
  EXPECT_EQ(call(Verdict::kFailure), BreakerState::kOpen);
}

TEST_F(BreakerTest, ResetClosesAndForgets) {
  fail_times(4);
  EXPECT_FALSE(breaker.reset());
  EXPECT_FALSE(fail_times(4));
  fail_times(1);
  EXPECT_EQ(breaker.reset(), BreakerState::kClosed);
  EXPECT_TRUE(breaker.admits());
}

TEST_F(BreakerTest, ChangedOptionsCountAtOnce) {
  fail_times(3);
  options.consecutive_failures = 4;
  EXPECT_EQ(call(Verdict::kFailure), BreakerState::kOpen);
  options.recovery_timeout = Seconds(2);
  EXPECT_EQ(breaker.advance(now + Seconds(2)), BreakerState::kHalfOpen);
}

TEST_F(BreakerTest, SwitchedOffItClosesAndStaysClosed) {
  fail_times(5);
  options.use = BreakerOptions::Use::kOff;
  EXPECT_EQ(breaker.advance(now), BreakerState::kClosed);
  EXPECT_FALSE(fail_times(100));
  EXPECT_TRUE(breaker.admits());
}

TEST_F(BreakerTest, OpensAtTheErrorRatioOnceTheVolumeIsThere) {
  options.consecutive_failures = 0;
  options.error_ratio = 0.5;
  for (int i = 0; i < 9; ++i) {
    EXPECT_FALSE(call(Verdict::kFailure));
    EXPECT_FALSE(call(Verdict::kSuccess));
  }
  EXPECT_FALSE(call(Verdict::kFailure)) << "19 calls, 20 needed";
  EXPECT_EQ(call(Verdict::kFailure), BreakerState::kOpen);
}

TEST_F(BreakerTest, TheErrorRatioForgetsTheWindowThatPassed) {
  options.consecutive_failures = 0;
  options.error_ratio = 0.5;
  fail_times(19);
  now += Seconds(11);
  EXPECT_FALSE(fail_times(19));
  EXPECT_EQ(call(Verdict::kFailure), BreakerState::kOpen);
}

}  // namespace
}  // namespace weft::balance
