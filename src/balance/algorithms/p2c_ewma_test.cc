#include "balance/algorithms/p2c_ewma.h"

#include "balance/cluster_fixture_for_test.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <vector>

namespace weft::balance {
namespace {

using base::Micros;
using base::Millis;
using base::MonoTime;
using base::Nanos;
using base::Seconds;

// A fleet in simulated time: requests arrive at a steady rate and each is answered after the
// latency of the endpoint it was sent to.
class Fleet {
 public:
  explicit Fleet(std::uint64_t seed) : test(ClusterOptions{}, seed) {}

  void run(Nanos duration, Nanos between) {
    const MonoTime end = test.now + duration;
    while (test.now < end) {
      test.now += between;
      finish_due();
      const auto picked = test.pick();
      ASSERT_TRUE(picked);
      const std::uint32_t id = picked->endpoint->id;
      ++served[id];
      running_.push_back(
          {Attempt(test.cluster, *picked->endpoint, test.now), test.now + latencies.at(id)});
    }
  }

  double share(std::uint32_t id) const {
    int all = 0;
    for (const auto& [other, times] : served) {
      all += times;
    }
    const auto own = served.find(id);
    return own == served.end() ? 0 : static_cast<double>(own->second) / all;
  }

  ClusterForTest test;
  std::map<std::uint32_t, Nanos> latencies;
  std::map<std::uint32_t, int> served;

 private:
  struct Running {
    Attempt attempt;
    MonoTime answered_at;
  };

  void finish_due() {
    std::erase_if(running_, [this](Running& request) {
      if (request.answered_at > test.now) {
        return false;
      }
      request.attempt.settle(Outcome::kSuccess, request.answered_at);
      return true;
    });
  }

  std::vector<Running> running_;
};

TEST(P2cEwma, AvoidsAnEndpointTenTimesSlower) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Fleet fleet(seed);
    fleet.test.update(ClusterForTest::specs_of(5));
    for (std::uint32_t id = 1; id <= 5; ++id) {
      fleet.latencies[id] = Millis(id == 3 ? 50 : 5);
    }
    fleet.run(Seconds(20), Micros(500));
    EXPECT_LT(fleet.share(3), 0.04) << "a fifth of an even share";
    for (const std::uint32_t id : {1U, 2U, 4U, 5U}) {
      EXPECT_NEAR(fleet.share(id), 0.245, 0.03);
    }
  }
}

TEST(P2cEwma, TakesAnEndpointBackThatBecameFast) {
  Fleet fleet(1);
  fleet.test.update(ClusterForTest::specs_of(4));
  for (std::uint32_t id = 1; id <= 4; ++id) {
    fleet.latencies[id] = Millis(id == 1 ? 100 : 5);
  }
  fleet.run(Seconds(10), Millis(1));
  EXPECT_LT(fleet.share(1), 0.05);
  fleet.latencies[1] = Millis(5);
  fleet.run(Seconds(60), Millis(1));
  fleet.served.clear();
  fleet.run(Seconds(10), Millis(1));
  EXPECT_NEAR(fleet.share(1), 0.25, 0.05);
}

TEST(P2cEwma, SendsAColdEndpointOneRequestUntilItHasAnswered) {
  Fleet fleet(1);
  fleet.test.update(ClusterForTest::specs_of(3));
  for (std::uint32_t id = 1; id <= 3; ++id) {
    fleet.latencies[id] = Millis(5);
  }
  fleet.run(Seconds(1), Millis(1));
  auto specs = ClusterForTest::specs_of(4);
  fleet.test.update(specs);
  fleet.latencies[4] = Seconds(60);
  fleet.run(Seconds(1), Millis(1));
  EXPECT_EQ(fleet.served[4], 1);
}

TEST(P2cEwma, SharesByWeightAmongEquals) {
  Fleet fleet(1);
  fleet.test.update({{.id = 1, .weight = 300}, {.id = 2, .weight = 100}});
  fleet.latencies = {{1, Millis(5)}, {2, Millis(5)}};
  fleet.run(Seconds(20), Micros(500));
  EXPECT_NEAR(fleet.share(1), 0.75, 0.05);
}

TEST(P2cEwma, AnEndpointThatFailsFastAttractsNoTraffic) {
  ClusterOptions options;
  options.breaker.use = BreakerOptions::Use::kOff;
  ClusterForTest test(options, 5);
  test.update(ClusterForTest::specs_of(3));
  int failing = 0;
  for (int i = 0; i < 10'000; ++i) {
    const std::uint32_t id = test.pick_id();
    failing += id == 1 ? 1 : 0;
    test.call(id, id == 1 ? Outcome::kConnectFailed : Outcome::kSuccess,
              id == 1 ? Micros(50) : Nanos(Millis(2)));
  }
  EXPECT_LT(failing, 50);
}

TEST(P2cEwma, ChoosesTwoDifferentOnesSoTheDearestIsNeverTaken) {
  ClusterForTest test;
  test.update(ClusterForTest::specs_of(3));
  for (std::uint32_t id = 1; id <= 3; ++id) {
    test.call(id, Outcome::kSuccess, Millis(id));
  }
  for (int i = 0; i < 1000; ++i) {
    ASSERT_NE(test.pick_id(), 3U);
  }
}

}  // namespace
}  // namespace weft::balance
