#include "balance/attempt.h"

#include "balance/cluster_fixture_for_test.h"

#include <gtest/gtest.h>

#include <utility>

namespace weft::balance {
namespace {

using base::Millis;
using base::Seconds;

class AttemptTest : public testing::Test {
 protected:
  AttemptTest() { test_.update(ClusterForTest::specs_of(1)); }

  ClusterForTest test_;
};

TEST_F(AttemptTest, CountsAsActiveWhileItLives) {
  Endpoint& endpoint = test_.endpoint(1);
  {
    Attempt first(test_.cluster, endpoint, test_.now);
    const Attempt second(test_.cluster, endpoint, test_.now);
    EXPECT_EQ(endpoint.active, 2U);
    first.settle(Outcome::kSuccess, test_.now);
    EXPECT_EQ(endpoint.active, 2U) << "the body is still on its way";
  }
  EXPECT_EQ(endpoint.active, 0U);
  EXPECT_EQ(endpoint.counters.attempts_total, 2U);
}

TEST_F(AttemptTest, MovingKeepsOneActive) {
  Endpoint& endpoint = test_.endpoint(1);
  Attempt first(test_.cluster, endpoint, test_.now);
  Attempt moved = std::move(first);
  EXPECT_EQ(endpoint.active, 1U);
  Attempt other(test_.cluster, endpoint, test_.now);
  EXPECT_EQ(endpoint.active, 2U);
  other = std::move(moved);
  EXPECT_EQ(endpoint.active, 1U);
}

TEST_F(AttemptTest, TheTimeToTheVerdictIsTheLatency) {
  test_.call(1, Outcome::kSuccess, Millis(20));
  EXPECT_EQ(test_.endpoint(1).latency.latency(test_.now), Millis(20));
}

TEST_F(AttemptTest, UnsettledItSaysNothingAboutTheEndpoint) {
  for (int i = 0; i < 20; ++i) {
    const Attempt attempt(test_.cluster, test_.endpoint(1), test_.now);
  }
  for (int i = 0; i < 20; ++i) {
    Attempt attempt(test_.cluster, test_.endpoint(1), test_.now);
    attempt.settle(Outcome::kCancelled, test_.now);
  }
  EXPECT_EQ(test_.endpoint(1).counters.failures_total, 0U);
  EXPECT_EQ(test_.endpoint(1).breaker.state(), BreakerState::kClosed);
  EXPECT_EQ(test_.endpoint(1).latency.latency(test_.now), base::Nanos(0));
}

TEST_F(AttemptTest, AnAbandonedTrialFreesItsPlace) {
  test_.fail_times(1, 5);
  test_.now += Seconds(60);
  {
    ASSERT_EQ(test_.pick_id(), 1U);
    const Attempt trial(test_.cluster, test_.endpoint(1), test_.now);
    EXPECT_EQ(test_.pick().error(), PickRefusal::kAllBreakersOpen);
  }
  EXPECT_EQ(test_.pick_id(), 1U);
}

TEST_F(AttemptTest, ASettledTrialKeepsItsPlaceWhenItEnds) {
  ClusterOptions options;
  options.breaker.half_open_trials = 2;
  test_.cluster.configure(options, test_.now);
  test_.fail_times(1, 5);
  test_.now += Seconds(60);
  ASSERT_TRUE(test_.pick());
  const Attempt running(test_.cluster, test_.endpoint(1), test_.now);
  test_.call(1, Outcome::kSuccess);
  EXPECT_EQ(test_.pick().error(), PickRefusal::kAllBreakersOpen) << "two trials in all";
}

TEST_F(AttemptTest, ASecondSuccessBreaksNoRowOfFailures) {
  Attempt attempt(test_.cluster, test_.endpoint(1), test_.now);
  attempt.settle(Outcome::kSuccess, test_.now);
  test_.fail_times(1, 4);
  attempt.settle(Outcome::kSuccess, test_.now);
  test_.fail_times(1, 1);
  EXPECT_EQ(test_.endpoint(1).breaker.state(), BreakerState::kOpen);
}

TEST_F(AttemptTest, EachFailureOfTheContractOpensTheBreaker) {
  for (const Outcome outcome : {Outcome::kServerError, Outcome::kGatewayError, Outcome::kTimeout,
                                Outcome::kConnectFailed, Outcome::kStreamFailed}) {
    for (int i = 0; i < 5; ++i) {
      test_.call(1, outcome);
    }
    EXPECT_EQ(test_.endpoint(1).breaker.state(), BreakerState::kOpen) << static_cast<int>(outcome);
    test_.cluster.reset_breaker(1, test_.now);
  }
}

TEST_F(AttemptTest, AStreamThatBrokeAfterAGoodHeadCountsAsAFailureOnce) {
  Attempt attempt(test_.cluster, test_.endpoint(1), test_.now);
  attempt.settle(Outcome::kSuccess, test_.now + Millis(1));
  attempt.settle(Outcome::kSuccess, test_.now + Millis(2));
  attempt.settle(Outcome::kStreamFailed, test_.now + Seconds(100));
  attempt.settle(Outcome::kStreamFailed, test_.now + Seconds(100));
  EXPECT_EQ(test_.endpoint(1).counters.failures_total, 1U);
  EXPECT_LT(test_.endpoint(1).latency.latency(test_.now + Seconds(100)), Seconds(1))
      << "the length of a body is no latency";
}

TEST(Outcome, OfAStatusIsAFailureFrom500On) {
  EXPECT_EQ(outcome_of_status(101), Outcome::kSuccess);
  EXPECT_EQ(outcome_of_status(499), Outcome::kSuccess);
  EXPECT_EQ(outcome_of_status(500), Outcome::kServerError);
  EXPECT_EQ(outcome_of_status(501), Outcome::kServerError);
  EXPECT_EQ(outcome_of_status(502), Outcome::kGatewayError);
  EXPECT_EQ(outcome_of_status(504), Outcome::kGatewayError);
  EXPECT_EQ(outcome_of_status(505), Outcome::kServerError);
}

}  // namespace
}  // namespace weft::balance
