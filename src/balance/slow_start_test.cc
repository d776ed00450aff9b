#include "balance/slow_start.h"

#include "balance/cluster_fixture_for_test.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <vector>

namespace weft::balance {
namespace {

using base::Millis;
using base::Nanos;
using base::Seconds;

constexpr Strategy kSlowed[] = {
    Strategy::kRoundRobin, Strategy::kLeastConnections, Strategy::kWeightedLeastConnections,
    Strategy::kWeighted,   Strategy::kRandom,           Strategy::kP2cEwma};

ClusterOptions slow_options(Strategy strategy, Nanos window = Seconds(30)) {
  ClusterOptions options;
  options.strategy = strategy;
  options.slow_start.window = window;
  options.breaker.use = BreakerOptions::Use::kOff;
  return options;
}

// Requests come evenly and take 20 ms at every endpoint.
class SlowFleet {
 public:
  explicit SlowFleet(const ClusterOptions& options, std::uint64_t seed = 1) : test(options, seed) {}

  // Returns: the share of endpoint `id` in that time.
  double share_within(std::uint32_t id, Nanos duration) {
    int all = 0;
    int own = 0;
    for (const base::MonoTime end = test.now + duration; test.now < end;) {
      test.now += Millis(1);
      std::erase_if(running_, [this](Running& request) {
        const bool is_over = request.answered_at <= test.now;
        if (is_over) {
          request.attempt.settle(Outcome::kSuccess, request.answered_at);
        }
        return is_over;
      });
      Endpoint& endpoint = *test.pick()->endpoint;
      ++all;
      own += endpoint.id == id ? 1 : 0;
      running_.push_back({Attempt(test.cluster, endpoint, test.now), test.now + Millis(20)});
    }
    return static_cast<double>(own) / all;
  }

  ClusterForTest test;

 private:
  struct Running {
    Attempt attempt;
    base::MonoTime answered_at;
  };
  std::vector<Running> running_;
};

TEST(SlowStart, TheRatioGrowsLinearlyWithinTheWindow) {
  const SlowStartOptions options{.window = Seconds(10), .start_ratio = 0.2};
  const base::MonoTime start{Seconds(100)};
  WarmUp warm_up;
  EXPECT_EQ(warm_up.ratio(options, start), 1) << "it never began";
  warm_up.begin(start);
  EXPECT_DOUBLE_EQ(warm_up.ratio(options, start), 0.2);
  EXPECT_DOUBLE_EQ(warm_up.ratio(options, start + Seconds(5)), 0.6);
  EXPECT_DOUBLE_EQ(warm_up.ratio(options, start + Seconds(10)), 1);
}

TEST(SlowStart, ANewEndpointsShareGrowsWithEveryStrategyThatDoesNotHash) {
  for (const Strategy strategy : kSlowed) {
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
      SCOPED_TRACE(testing::Message() << strategy_name(strategy) << " seed " << seed);
      SlowFleet fleet(slow_options(strategy), seed);
      fleet.test.update(ClusterForTest::specs_of(4));
      fleet.share_within(1, Seconds(5));
      fleet.test.update(ClusterForTest::specs_of(5));
      double last = 0;
      for (int i = 0; i < 6; ++i) {
        const double share = fleet.share_within(5, Seconds(5));
        // In the middle of these 5 s, of the weights of four warm ones and its own.
        const double ratio = 0.1 + 0.9 * (2.5 + 5 * i) / 30;
        EXPECT_NEAR(share, ratio / (4 + ratio), 0.03) << i;
        EXPECT_GE(share, last - 0.01) << i;
        last = share;
      }
      EXPECT_NEAR(fleet.share_within(5, Seconds(5)), 0.2, 0.05) << "warm";
    }
  }
}

TEST(SlowStart, AClusterThatStartsAtOnceIsNotSlowed) {
  for (const Strategy strategy : kSlowed) {
    SlowFleet fleet(slow_options(strategy));
    std::vector<EndpointSpec> specs = ClusterForTest::specs_of(2);
    fleet.test.update(specs);
    EXPECT_FALSE(fleet.test.cluster.is_choosy(fleet.test.now));
    for (EndpointSpec& spec : specs) {
      spec.health = Health::kUnhealthy;
    }
    fleet.test.update(specs);
    fleet.test.update(ClusterForTest::specs_of(2));
    EXPECT_FALSE(fleet.test.cluster.is_choosy(fleet.test.now)) << "all are back at once";
  }
}

TEST(SlowStart, BeginsForWhoIsHealthyAgain) {
  SlowFleet fleet(slow_options(Strategy::kRoundRobin));
  std::vector<EndpointSpec> specs = ClusterForTest::specs_of(2);
  fleet.test.update(specs);
  specs[0].health = Health::kUnhealthy;
  fleet.test.update(specs);
  specs[0].health = Health::kHealthy;
  fleet.test.update(specs);
  EXPECT_LT(fleet.share_within(1, Seconds(2)), 0.15);
}

TEST(SlowStart, BeginsForWhoHasLeftAndIsBack) {
  SlowFleet fleet(slow_options(Strategy::kRoundRobin));
  fleet.test.update({{.id = 1}, {.id = 2}});
  const Attempt kept(fleet.test.cluster, fleet.test.endpoint(2), fleet.test.now);
  fleet.test.update({{.id = 1}, {.id = 3}});
  fleet.test.now += Seconds(60);
  fleet.test.update({{.id = 1}, {.id = 2}});
  EXPECT_LT(fleet.share_within(2, Seconds(2)), 0.15);
}

TEST(SlowStart, BeginsWhenAnEjectionEnds) {
  ClusterOptions options = slow_options(Strategy::kRoundRobin);
  options.outlier.consecutive_5xx = 3;
  options.outlier.base_ejection_time = Seconds(5);
  for (const bool by_check : {false, true}) {
    SlowFleet fleet(options);
    fleet.test.update(ClusterForTest::specs_of(2));
    fleet.test.fail_times(1, 3);
    EXPECT_EQ(fleet.share_within(1, Seconds(1)), 0);
    if (by_check) {
      fleet.test.cluster.on_active_check_passed(1, fleet.test.now);
    } else {
      fleet.test.now += Seconds(5);
    }
    const double share = fleet.share_within(1, Seconds(2));
    EXPECT_GT(share, 0.05);
    EXPECT_LT(share, 0.15);
  }
}

TEST(SlowStart, NeverRefusesWhenOnlyColdOnesAreLeft) {
  SlowFleet fleet(slow_options(Strategy::kRoundRobin));
  fleet.test.update(ClusterForTest::specs_of(1));
  fleet.test.update(ClusterForTest::specs_of(3));
  for (int i = 0; i < 20; ++i) {
    ASSERT_GT(fleet.test.pick_id(tried_of({1})), 1U);
  }
  fleet.test.update({{.id = 1, .health = Health::kUnhealthy}, {.id = 2}, {.id = 3}});
  std::map<std::uint32_t, int> served;
  for (int i = 0; i < 20; ++i) {
    ++served[fleet.test.pick_id()];
  }
  EXPECT_NEAR(served[2], 10, 3) << "equally cold ones share alike";
}

TEST(SlowStart, HashingStrategiesAreNotSlowed) {
  for (const Strategy strategy : {Strategy::kIpHash, Strategy::kMaglev, Strategy::kRingHash}) {
    SlowFleet fleet(slow_options(strategy));
    fleet.test.update(ClusterForTest::specs_of(2));
    fleet.test.update(ClusterForTest::specs_of(3));
    EXPECT_FALSE(fleet.test.cluster.is_choosy(fleet.test.now)) << strategy_name(strategy);
  }
}

TEST(SlowStart, IsOffByDefaultAndCanBeTurnedOffWhileItRuns) {
  ClusterForTest test;
  test.update(ClusterForTest::specs_of(2));
  test.update(ClusterForTest::specs_of(3));
  EXPECT_FALSE(test.cluster.is_choosy(test.now));
  test.cluster.configure(slow_options(Strategy::kRandom), test.now);
  test.update(ClusterForTest::specs_of(4));
  EXPECT_TRUE(test.cluster.is_choosy(test.now));
  test.cluster.configure({}, test.now);
  EXPECT_FALSE(test.cluster.is_choosy(test.now));
}

}  // namespace
}  // namespace weft::balance
