// Random walks over a whole cluster: snapshots, calls, failures, checks and time in any order, with
// the promises of pick.h checked at every pick against the endpoints themselves.
#include "balance/cluster_fixture_for_test.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace weft::balance {
namespace {

using base::Millis;

ClusterOptions random_cluster_options(base::Random& random) {
  ClusterOptions options;
  options.strategy = static_cast<Strategy>(random.below(kStrategyCount));
  options.panic_ratio = random.below(3) == 0 ? random.unit() : 0;
  options.slow_start.window = random.below(3) == 0 ? Millis(200) : Millis(0);
  options.breaker.consecutive_failures = 1 + static_cast<std::uint32_t>(random.below(4));
  options.breaker.recovery_timeout = Millis(100);
  options.breaker.half_open_trials = 1 + static_cast<std::uint32_t>(random.below(2));
  options.outlier.consecutive_5xx = static_cast<std::uint32_t>(random.below(4));
  options.outlier.base_ejection_time = Millis(150);
  options.outlier.ejected_ratio_max = random.unit();
  return options;
}

bool is_alive(const Endpoint& endpoint) {
  return endpoint.weight > 0 && endpoint.health != Health::kUnhealthy;
}

bool counts_as_healthy(const Endpoint& endpoint) {
  return is_alive(endpoint) && endpoint.health != Health::kDegraded;
}

class PickWalk {
 public:
  explicit PickWalk(std::uint64_t seed)
      : random_(seed),
        test_(random_cluster_options(random_), seed),
        failure_share_(random_.unit()) {
    adopt_snapshot();
  }

  void step() {
    test_.now += Millis(static_cast<std::int64_t>(random_.below(20)));
    const std::uint64_t dice = random_.below(100);
    if (dice < 3) {
      adopt_snapshot();
    } else if (dice < 6) {
      test_.cluster.on_active_check_passed(random_id(), test_.now);
    } else if (dice < 50) {
      end_one();
    } else {
      begin_one();
    }
  }
  int picks() const { return picks_; }
  void end_all() { attempts_.clear(); }

 private:
  std::uint32_t random_id() { return 1 + static_cast<std::uint32_t>(random_.below(8)); }

  void adopt_snapshot() {
    std::vector<EndpointSpec> specs;
    for (std::uint32_t id = 1; id <= 8; ++id) {
      if (random_.below(4) > 0) {
        specs.push_back({.id = id,
                         .weight = static_cast<std::uint32_t>(random_.below(4)),
                         .health = static_cast<Health>(random_.below(4)),
                         .is_local = random_.below(3) == 0});
      }
    }
    if (random_.below(2) == 0) {
      std::ranges::reverse(specs);
    }
    test_.update(specs);
  }

  void end_one() {
    if (attempts_.empty()) {
      return;
    }
    std::swap(attempts_[random_.below(attempts_.size())], attempts_.back());
    if (random_.below(10) > 0) {
      const bool is_bad = random_.unit() < failure_share_;
      attempts_.back().settle(is_bad ? Outcome::kTimeout : Outcome::kSuccess, test_.now);
    }
    attempts_.pop_back();
  }

  void begin_one() {
    Tried tried;
    while (random_.below(3) == 0) {
      tried.add(random_id());
    }
    const auto picked = test_.pick(tried, random_.next());
    check(picked, tried);
    if (picked) {
      ++picks_;
      attempts_.emplace_back(test_.cluster, *picked->endpoint, test_.now);
    }
  }

  void check(const std::expected<Picked, PickRefusal>& picked, const Tried& tried) {
    const auto endpoints = test_.cluster.endpoints();
    const bool is_panic = test_.cluster.candidates().is_panic();
    const auto is_usable = [&](const Endpoint& endpoint) {
      const bool has_health = is_panic ? endpoint.weight > 0 : is_alive(endpoint);
      return has_health && endpoint.breaker.admits();
    };
    const auto any = [&](auto question) {
      return std::ranges::any_of(endpoints, [&](Endpoint* e) { return question(*e); });
    };
    if (!picked) {
      EXPECT_FALSE(any(is_usable));
      EXPECT_EQ(picked.error() == PickRefusal::kNoEndpoints, endpoints.empty());
      EXPECT_EQ(picked.error() == PickRefusal::kAllBreakersOpen,
                !endpoints.empty() && (is_panic || any(is_alive)));
      return;
    }
    const Endpoint& chosen = *picked->endpoint;
    EXPECT_TRUE(is_usable(chosen));
    EXPECT_EQ(picked->was_tried, tried.contains(chosen.id));
    const auto is_fresh = [&](const Endpoint& e) { return is_usable(e) && !tried.contains(e.id); };
    EXPECT_FALSE(picked->was_tried && any(is_fresh)) << "another usable one was left";
    if (is_panic) {
      return;
    }
    const auto competes = [&](const Endpoint& e) {
      return is_usable(e) && tried.contains(e.id) == picked->was_tried;
    };
    const bool is_kept = !chosen.outlier.is_ejected(test_.now);
    EXPECT_FALSE((!counts_as_healthy(chosen) || !is_kept) && any([&](const Endpoint& e) {
                   return competes(e) && counts_as_healthy(e) && !e.outlier.is_ejected(test_.now);
                 }))
        << "a better one was left";
    EXPECT_FALSE(!is_kept && any([&](const Endpoint& e) {
      return competes(e) && !e.outlier.is_ejected(test_.now);
    })) << "one that is not ejected was left";
  }

  base::Random random_;
  ClusterForTest test_;
  double failure_share_;
  std::vector<Attempt> attempts_;
  int picks_ = 0;
};

TEST(PickProperty, HoldsItsPromisesOnRandomWalks) {
  int picks = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    PickWalk walk(seed);
    for (int step = 0; step < 400; ++step) {
      walk.step();
      if (testing::Test::HasFailure()) {
        FAIL() << "step " << step;
      }
    }
    walk.end_all();
    picks += walk.picks();
  }
  EXPECT_GT(picks, 20'000) << "the walks must pick often enough to mean something";
}

}  // namespace
}  // namespace weft::balance
