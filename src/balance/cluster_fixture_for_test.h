// A cluster with a clock that a test moves, and the steps every test takes.
#pragma once

#include "balance/attempt.h"
#include "balance/pick.h"
#include "base/random.h"
#include "base/time.h"

#include <cstdint>
#include <vector>

namespace weft::balance {

inline ClusterOptions round_robin_for_test() {
  ClusterOptions options;
  options.strategy = Strategy::kRoundRobin;
  return options;
}

class ClusterForTest {
 public:
  explicit ClusterForTest(const ClusterOptions& options = {}, std::uint64_t seed = 1)
      : random(seed), cluster(options, [this](const BreakerTransition& transition) {
          transitions.push_back(transition);
        }) {}

  // Healthy endpoints with ids 1..count and weight 1.
  static std::vector<EndpointSpec> specs_of(std::uint32_t count) {
    std::vector<EndpointSpec> specs;
    for (std::uint32_t id = 1; id <= count; ++id) {
      specs.push_back({.id = id, .health = Health::kHealthy});
    }
    return specs;
  }

  void update(const std::vector<EndpointSpec>& specs) { cluster.update(specs, now); }

  std::expected<Picked, PickRefusal> pick(const Tried& tried = {},
                                          std::optional<std::uint64_t> key = std::nullopt) {
    return balance::pick(cluster, {.now = now, .random = random, .tried = tried, .hash_key = key});
  }

  // A pick for a client that went to endpoint `id` before; 0 when it was refused.
  std::uint32_t pick_pinned(std::uint32_t id, const Tried& tried = {}) {
    const auto picked = balance::pick(
        cluster,
        {.now = now, .random = random, .tried = tried, .pinned = endpoint(id).identity_hash});
    return picked ? picked->endpoint->id : 0;
  }

  // The id of a pick that must succeed; 0 when it was refused.
  std::uint32_t pick_id(const Tried& tried = {}) {
    const auto picked = pick(tried);
    return picked ? picked->endpoint->id : 0;
  }

  Endpoint& endpoint(std::uint32_t id) { return *cluster.find(id); }

  // One finished attempt at an endpoint, `latency` long.
  void call(std::uint32_t id, Outcome outcome, base::Nanos latency = base::Millis(1)) {
    Attempt attempt(cluster, endpoint(id), now);
    now += latency;
    attempt.settle(outcome, now);
  }
  void fail_times(std::uint32_t id, int times) {
    for (int i = 0; i < times; ++i) {
      call(id, Outcome::kConnectFailed, base::Nanos(0));
    }
  }

  base::MonoTime now{base::Seconds(100)};
  base::Random random;
  std::vector<BreakerTransition> transitions;
  Cluster cluster;
};

inline Tried tried_of(std::initializer_list<std::uint32_t> ids) {
  Tried tried;
  for (const std::uint32_t id : ids) {
    tried.add(id);
  }
  return tried;
}

}  // namespace weft::balance
