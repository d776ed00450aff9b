#include "balance/outlier.h"

#include "balance/cluster_fixture_for_test.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace weft::balance {
namespace {

using base::MonoTime;
using base::Seconds;
using Advice = Outlier::Advice;

constexpr MonoTime kOutlierStart{Seconds(1000)};

TEST(Outlier, IsOffByDefault) {
  const OutlierOptions options;
  Outlier outlier(options);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(outlier.fold(Outcome::kConnectFailed), Advice::kKeep);
  }
}

TEST(Outlier, AdvisesEjectionAfterFailuresInARow) {
  const OutlierOptions options{.consecutive_5xx = 3};
  Outlier outlier(options);
  EXPECT_EQ(outlier.fold(Outcome::kServerError), Advice::kKeep);
  EXPECT_EQ(outlier.fold(Outcome::kTimeout), Advice::kKeep);
  EXPECT_EQ(outlier.fold(Outcome::kSuccess), Advice::kKeep);
  EXPECT_EQ(outlier.fold(Outcome::kServerError), Advice::kKeep);
  EXPECT_EQ(outlier.fold(Outcome::kCancelled), Advice::kKeep) << "says nothing, breaks no row";
  EXPECT_EQ(outlier.fold(Outcome::kGatewayError), Advice::kKeep);
  EXPECT_EQ(outlier.fold(Outcome::kStreamFailed), Advice::kEject);
}

TEST(Outlier, AServerErrorBreaksARowOfGatewayFailures) {
  const OutlierOptions options{.consecutive_gateway_failures = 2};
  Outlier outlier(options);
  EXPECT_EQ(outlier.fold(Outcome::kConnectFailed), Advice::kKeep);
  EXPECT_EQ(outlier.fold(Outcome::kServerError), Advice::kKeep);
  EXPECT_EQ(outlier.fold(Outcome::kGatewayError), Advice::kKeep);
  EXPECT_EQ(outlier.fold(Outcome::kTimeout), Advice::kEject);
}

TEST(Outlier, EachEjectionLastsLongerUpToTheMaximum) {
  const OutlierOptions options;
  Outlier outlier(options);
  MonoTime now = kOutlierStart;
  for (int times = 1; times <= 15; ++times) {
    outlier.eject(now);
    const base::Nanos expected = std::min<base::Nanos>(Seconds(30) * times, Seconds(300));
    EXPECT_EQ(outlier.ejected_until() - now, expected) << times;
    EXPECT_TRUE(outlier.is_ejected(outlier.ejected_until() - base::Nanos(1)));
    EXPECT_FALSE(outlier.is_ejected(outlier.ejected_until()));
    now = outlier.ejected_until();
  }
}

TEST(Outlier, ForgivesAnEjectionPerIntervalInService) {
  const OutlierOptions options;
  Outlier outlier(options);
  outlier.eject(kOutlierStart);
  outlier.eject(outlier.ejected_until());
  outlier.eject(outlier.ejected_until());
  EXPECT_EQ(outlier.ejection_count(), 3U);
  outlier.eject(outlier.ejected_until() + Seconds(20));  // two forgiven, one added
  EXPECT_EQ(outlier.ejection_count(), 2U);
  outlier.eject(outlier.ejected_until() + Seconds(10'000));
  EXPECT_EQ(outlier.ejection_count(), 1U);
}

TEST(Outlier, EjectionsMaxIsTheShareButOneAndNeverAll) {
  const OutlierOptions options{.ejected_ratio_max = 0.1};
  EXPECT_EQ(ejections_max(options, 0), 0U);
  EXPECT_EQ(ejections_max(options, 1), 0U);
  EXPECT_EQ(ejections_max(options, 2), 1U);
  EXPECT_EQ(ejections_max(options, 10), 1U);
  EXPECT_EQ(ejections_max(options, 35), 3U);
  EXPECT_EQ(ejections_max({.ejected_ratio_max = 1}, 35), 34U);
}

ClusterOptions ejecting_options() {
  ClusterOptions options;
  options.strategy = Strategy::kRoundRobin;
  options.breaker.use = BreakerOptions::Use::kOff;
  options.outlier.consecutive_5xx = 3;
  return options;
}

TEST(Outlier, AnEjectedEndpointIsNotPickedUntilItsTimeIsOver) {
  ClusterForTest test(ejecting_options());
  test.update(ClusterForTest::specs_of(3));
  test.fail_times(2, 3);
  EXPECT_EQ(test.endpoint(2).counters.ejections_total, 1U);
  for (int i = 0; i < 10; ++i) {
    EXPECT_NE(test.pick_id(), 2U);
  }
  test.now += Seconds(30);
  EXPECT_EQ(test.pick_id(), 1U);
  EXPECT_EQ(test.pick_id(), 2U);
}

TEST(Outlier, TheShareBoundsEjectionsHoweverManyFail) {
  ClusterOptions options = ejecting_options();
  options.outlier.ejected_ratio_max = 0.3;
  ClusterForTest test(options);
  test.update(ClusterForTest::specs_of(10));
  for (std::uint32_t id = 1; id <= 10; ++id) {
    test.fail_times(id, 20);
  }
  const auto ejected = std::ranges::count_if(
      test.cluster.endpoints(),
      [&](const Endpoint* endpoint) { return endpoint->outlier.is_ejected(test.now); });
  EXPECT_EQ(ejected, 3);
}

TEST(Outlier, FailuresOfCallsThatWereUnderWayDoNotProlongAnEjection) {
  ClusterOptions options = ejecting_options();
  options.outlier.ejected_ratio_max = 1;
  ClusterForTest test(options);
  test.update(ClusterForTest::specs_of(3));
  std::vector<Attempt> under_way;
  under_way.reserve(6);
  for (int i = 0; i < 6; ++i) {
    under_way.emplace_back(test.cluster, test.endpoint(1), test.now);
  }
  test.fail_times(1, 3);
  const base::MonoTime until = test.endpoint(1).outlier.ejected_until();
  for (Attempt& attempt : under_way) {
    attempt.settle(Outcome::kTimeout, test.now + Seconds(1));
  }
  EXPECT_EQ(test.endpoint(1).outlier.ejected_until(), until);
  EXPECT_EQ(test.endpoint(1).counters.ejections_total, 1U);
}

TEST(Outlier, EjectionAloneNeverEmptiesACluster) {
  ClusterForTest test(ejecting_options());
  std::vector<EndpointSpec> specs = ClusterForTest::specs_of(2);
  specs[1].health = Health::kUnhealthy;
  test.update(specs);
  test.fail_times(1, 3);
  EXPECT_TRUE(test.endpoint(1).outlier.is_ejected(test.now));
  EXPECT_EQ(test.pick_id(), 1U);
}

TEST(Outlier, APassedActiveCheckEndsAnEjection) {
  ClusterForTest test(ejecting_options());
  test.update(ClusterForTest::specs_of(2));
  test.fail_times(1, 3);
  EXPECT_EQ(test.pick_id(tried_of({2})), 1U) << "an ejected endpoint is better than a tried one";
  EXPECT_EQ(test.pick_id(), 2U);
  EXPECT_EQ(test.pick_id(), 2U);
  test.cluster.on_active_check_passed(1, test.now);
  EXPECT_EQ(test.pick_id(), 1U);
}

}  // namespace
}  // namespace weft::balance
