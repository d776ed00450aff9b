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
  AttemptTest() { test.update(ClusterForTest::specs_of(1)); }

  ClusterForTest test;
};

TEST_F(AttemptTest, CountsAsActiveWhileItLives) {
  Endpoint& endpoint = test.endpoint(1);
  {
    Attempt first(test.cluster, endpoint, test.now);
    const Attempt second(test.cluster, endpoint, test.now);
    EXPECT_EQ(endpoint.active, 2U);
    first.settle(Outcome::kSuccess, test.now);
    EXPECT_EQ(endpoint.active, 2U) << "the body is still on its way";
  }
  EXPECT_EQ(endpoint.active, 0U);
  EXPECT_EQ(endpoint.counters.attempts_total, 2U);
}

TEST_F(AttemptTest, MovingKeepsOneActive) {
  Endpoint& endpoint = test.endpoint(1);
  Attempt first(test.cluster, endpoint, test.now);
  Attempt moved = std::move(first);
  EXPECT_EQ(endpoint.active, 1U);
  Attempt other(test.cluster, endpoint, test.now);
  EXPECT_EQ(endpoint.active, 2U);
  other = std::move(moved);
  EXPECT_EQ(endpoint.active, 1U);
}

TEST_F(AttemptTest, TheTimeToTheVerdictIsTheLatency) {
  test.call(1, Outcome::kSuccess, Millis(20));
  EXPECT_EQ(test.endpoint(1).latency.latency(test.now), Millis(20));
}

TEST_F(AttemptTest, UnsettledItSaysNothingAboutTheEndpoint) {
  for (int i = 0; i < 20; ++i) {
    const Attempt attempt(test.cluster, test.endpoint(1), test.now);
  }
  for (int i = 0; i < 20; ++i) {
    Attempt attempt(test.cluster, test.endpoint(1), test.now);
    attempt.settle(Outcome::kCancelled, test.now);
  }
  EXPECT_EQ(test.endpoint(1).counters.failures_total, 0U);
  EXPECT_EQ(test.endpoint(1).breaker.state(), BreakerState::kClosed);
  EXPECT_EQ(test.endpoint(1).latency.latency(test.now), base::Nanos(0));
}

TEST_F(AttemptTest, AnAbandonedTrialFreesItsPlace) {
  test.fail_times(1, 5);
  test.now += Seconds(60);
  {
    ASSERT_EQ(test.pick_id(), 1U);
    const Attempt trial(test.cluster, test.endpoint(1), test.now);
    EXPECT_EQ(test.pick().error(), PickRefusal::kAllBreakersOpen);
  }
  EXPECT_EQ(test.pick_id(), 1U);
}

TEST_F(AttemptTest, ASettledTrialKeepsItsPlaceWhenItEnds) {
  ClusterOptions options;
  options.breaker.half_open_trials = 2;
  test.cluster.configure(options, test.now);
  test.fail_times(1, 5);
  test.now += Seconds(60);
  ASSERT_TRUE(test.pick());
  const Attempt running(test.cluster, test.endpoint(1), test.now);
  test.call(1, Outcome::kSuccess);
  EXPECT_EQ(test.pick().error(), PickRefusal::kAllBreakersOpen) << "two trials in all";
}

TEST_F(AttemptTest, ASecondSuccessBreaksNoRowOfFailures) {
  Attempt attempt(test.cluster, test.endpoint(1), test.now);
  attempt.settle(Outcome::kSuccess, test.now);
  test.fail_times(1, 4);
  attempt.settle(Outcome::kSuccess, test.now);
  test.fail_times(1, 1);
  EXPECT_EQ(test.endpoint(1).breaker.state(), BreakerState::kOpen);
}

TEST_F(AttemptTest, EachFailureOfTheContractOpensTheBreaker) {
  for (const Outcome outcome : {Outcome::kServerError, Outcome::kGatewayError, Outcome::kTimeout,
                                Outcome::kConnectFailed, Outcome::kStreamFailed}) {
    for (int i = 0; i < 5; ++i) {
      test.call(1, outcome);
    }
    EXPECT_EQ(test.endpoint(1).breaker.state(), BreakerState::kOpen) << static_cast<int>(outcome);
    test.cluster.reset_breaker(1, test.now);
  }
}

TEST_F(AttemptTest, AStreamThatBrokeAfterAGoodHeadCountsAsAFailureOnce) {
  Attempt attempt(test.cluster, test.endpoint(1), test.now);
  attempt.settle(Outcome::kSuccess, test.now + Millis(1));
  attempt.settle(Outcome::kSuccess, test.now + Millis(2));
  attempt.settle(Outcome::kStreamFailed, test.now + Seconds(100));
  attempt.settle(Outcome::kStreamFailed, test.now + Seconds(100));
  EXPECT_EQ(test.endpoint(1).counters.failures_total, 1U);
  EXPECT_LT(test.endpoint(1).latency.latency(test.now + Seconds(100)), Seconds(1))
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
