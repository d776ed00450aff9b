#include "balance/outlier_interval.h"

#include "balance/cluster_fixture_for_test.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace weft::balance {
namespace {

using base::Millis;
using base::Nanos;
using base::Seconds;

ClusterOptions comparing_options(double success_rate_factor, double latency_factor) {
  ClusterOptions options = round_robin_for_test();
  options.breaker.use = BreakerOptions::Use::kOff;
  options.outlier.ejected_ratio_max = 0.5;
  options.outlier.success_rate_factor = success_rate_factor;
  options.outlier.latency_factor = latency_factor;
  return options;
}

// What the endpoints of a simulated cluster do within one interval.
struct Conduct {
  double failure_share = 0;
  Nanos latency = Millis(10);
  int requests = 200;
};

class ComparedFleet {
 public:
  ComparedFleet(const ClusterOptions& options, std::vector<Conduct> conduct, std::uint64_t seed = 1)
      : test(options, seed), conduct_(std::move(conduct)) {
    test.update(ClusterForTest::specs_of(static_cast<std::uint32_t>(conduct_.size())));
    test.call(1, Outcome::kSuccess);  // the first interval begins
  }

  // Lets one interval pass. Returns: the ids that are ejected then.
  std::vector<std::uint32_t> ejected_after_interval() {
    const base::MonoTime end = test.now + Seconds(10);
    for (std::uint32_t id = 1; id <= conduct_.size(); ++id) {
      const Conduct& conduct = conduct_[id - 1];
      for (int i = 0; i < conduct.requests; ++i) {
        Attempt attempt(test.cluster, test.endpoint(id), test.now);
        const Nanos jitter = conduct.latency * static_cast<int>(test.random.below(100)) / 100;
        const bool fails = i < conduct.failure_share * conduct.requests;
        attempt.settle(fails ? Outcome::kServerError : Outcome::kSuccess,
                       test.now + conduct.latency / 2 + jitter);
      }
    }
    test.now = end;
    test.call(1, Outcome::kSuccess, Nanos(0));
    std::vector<std::uint32_t> ids;
    for (const Endpoint* endpoint : test.cluster.endpoints()) {
      if (endpoint->outlier.is_ejected(test.now)) {
        ids.push_back(endpoint->id);
      }
    }
    return ids;
  }

  ClusterForTest test;

 private:
  std::vector<Conduct> conduct_;
};

using Ids = std::vector<std::uint32_t>;

TEST(OutlierInterval, EjectsWhoSucceedsFarLessOftenThanItsPeers) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::vector<Conduct> conduct(10, Conduct{.failure_share = 0.02});
    conduct[3].failure_share = 0.3;
    ComparedFleet fleet(comparing_options(1.9, 0), conduct, seed);
    EXPECT_EQ(fleet.ejected_after_interval(), Ids{4});
  }
}

TEST(OutlierInterval, KeepsEverybodyWhenAllFailAlike) {
  ComparedFleet fleet(comparing_options(1.9, 0), std::vector(10, Conduct{.failure_share = 0.5}));
  EXPECT_EQ(fleet.ejected_after_interval(), Ids{});
}

TEST(OutlierInterval, JudgesNobodyByTooFewRequestsOrAmongTooFewEndpoints) {
  std::vector<Conduct> conduct(10);
  conduct[3] = {.failure_share = 1, .requests = 99};
  ComparedFleet few_requests(comparing_options(1.9, 3), conduct);
  EXPECT_EQ(few_requests.ejected_after_interval(), Ids{});
  std::vector<Conduct> four(4);
  four[3] = {.failure_share = 1, .latency = Seconds(1)};
  ComparedFleet few_endpoints(comparing_options(0.5, 3), four);
  EXPECT_EQ(few_endpoints.ejected_after_interval(), Ids{});
}

TEST(OutlierInterval, EjectsWhoseTypicalLatencyIsFarAboveThePeers) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::vector<Conduct> conduct(6);
    conduct[1].latency = Millis(50);
    conduct[4].latency = Millis(20);
    ComparedFleet fleet(comparing_options(0, 3), conduct, seed);
    EXPECT_EQ(fleet.ejected_after_interval(), Ids{2}) << "5 is slow, but not three times as slow";
  }
}

TEST(OutlierInterval, AFewSlowAnswersMakeNobodySlow) {
  ComparedFleet fleet(comparing_options(0, 3), std::vector<Conduct>(6));
  for (int i = 0; i < 10; ++i) {  // a twentieth: the mean is seven times the peers'
    Attempt slow(fleet.test.cluster, fleet.test.endpoint(1), fleet.test.now);
    slow.settle(Outcome::kSuccess, fleet.test.now + Seconds(2));
  }
  EXPECT_EQ(fleet.ejected_after_interval(), Ids{});
}

TEST(OutlierInterval, ARatioOfTinyLatenciesIsNoReason) {
  std::vector<Conduct> conduct(6, Conduct{.latency = base::Micros(50)});
  conduct[2].latency = base::Micros(500);
  ComparedFleet fleet(comparing_options(0, 3), conduct);
  EXPECT_EQ(fleet.ejected_after_interval(), Ids{});
}

TEST(OutlierInterval, TheShareBoundsEjectionsAndTheWorstGoFirst) {
  ClusterOptions options = comparing_options(0, 3);
  options.outlier.ejected_ratio_max = 0.2;
  std::vector<Conduct> conduct(10);
  for (int i = 0; i < 4; ++i) {
    conduct[static_cast<std::size_t>(i)].latency = Millis(100 * (i + 1));
  }
  ComparedFleet fleet(options, conduct);
  EXPECT_EQ(fleet.ejected_after_interval(), (Ids{3, 4}));
}

TEST(OutlierInterval, EachIntervalStartsWithNothingRemembered) {
  std::vector<Conduct> conduct(6, Conduct{.requests = 60});
  conduct[1].failure_share = 1;
  ComparedFleet fleet(comparing_options(1.9, 0), conduct);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(fleet.ejected_after_interval(), Ids{}) << "60 requests each time, never 100";
  }
}

TEST(OutlierInterval, AStreamThatBreaksLaterIsOneRequestThatFailed) {
  IntervalTally tally;
  tally.fold(Outcome::kSuccess, Millis(1));
  tally.fold(Outcome::kStreamFailed, std::nullopt);
  tally.fold(Outcome::kSuccess, Millis(1));
  EXPECT_EQ(tally.requests, 2U);
  EXPECT_DOUBLE_EQ(tally.success_rate(), 0.5);
  EXPECT_NEAR(tally.typical_latency(), 1e6, 1);
}

TEST(OutlierInterval, IsOffByDefault) {
  EXPECT_FALSE(IntervalJudge::is_on({}));
  std::vector<Conduct> conduct(10);
  conduct[3] = {.failure_share = 1, .latency = Seconds(5)};
  ClusterOptions options = comparing_options(0, 0);
  ComparedFleet fleet(options, conduct);
  EXPECT_EQ(fleet.ejected_after_interval(), Ids{});
}

}  // namespace
}  // namespace weft::balance
