// One endpoint as one loop sees it. Start at Endpoint; cluster.h keeps them.
#pragma once

#include "balance/breaker.h"
#include "balance/limits.h"
#include "balance/options.h"
#include "balance/outlier.h"
#include "balance/outlier_interval.h"
#include "balance/peak_ewma.h"
#include "balance/slow_start.h"

#include <cstdint>
#include <span>
#include <vector>

namespace weft::balance {

// What the active checks say. Source: contract/sutazai.md §1.1.
enum class Health : std::uint8_t {
  kUnknown,  // never checked; counts as healthy
  kHealthy,
  kDegraded,   // used when nothing healthy is left
  kUnhealthy,  // not used outside panic
};

// One endpoint of a snapshot: intent, no state.
struct EndpointSpec {
  // Names the same instance at the same address in every snapshot; unique in its cluster.
  std::uint32_t id = 0;
  std::uint32_t weight = 1;  // 0 = takes no new requests, whatever the strategy (kong.md §5.1)
  Health health = Health::kUnknown;
  // For ip_hash: a hash of "address:port" keeps clients where they are across restarts and nodes;
  // 0 = made from the id.
  std::uint64_t identity_hash = 0;
  bool is_local = false;  // in the zone of this node
  // Hashes of what subsets select by, ascending. Borrowed until the call that takes the spec ends.
  std::span<const std::uint64_t> labels{};
};

struct EndpointCounters {
  std::uint64_t attempts_total = 0;  // trials and retries included
  std::uint64_t failures_total = 0;  // attempts settled with a failure
  std::uint64_t ejections_total = 0;
};

// State survives a change of the snapshot as long as the id stays.
// Lifetime: owned by its Cluster; after removal kept while it has active requests or slots out.
// Thread:   its loop.
struct Endpoint {
  // Lifetime: `options` and `usage` outlive the endpoint; options may change under it.
  Endpoint(const EndpointSpec& spec, const ClusterOptions& options, ClusterUsage& usage);
  Endpoint(const Endpoint&) = delete;
  Endpoint& operator=(const Endpoint&) = delete;

  // Takes over what a newer snapshot says; the id is the same.
  void adopt(const EndpointSpec& spec);
  bool is_idle() const { return active == 0 && limits.is_idle(); }

  // What a pick reads comes first.
  std::uint32_t id;
  std::uint32_t weight;
  std::uint32_t ordinal = 0;  // place in registration order, the order of the specs
  std::uint32_t active = 0;   // requests begun and not ended
  Health health;
  bool is_local = false;        // in the zone of this node
  bool is_live = false;         // in the newest snapshot
  bool was_live = false;        // in the one before; while an update runs
  std::uint64_t identity_hash;  // well mixed
  PeakEwma latency;
  WarmUp warm_up;
  bool was_ejected = false;  // when the candidates were worked out last

  Breaker breaker;
  Outlier outlier;
  IntervalTally tally;
  Limits limits;
  EndpointCounters counters;
  std::vector<std::uint64_t> labels;  // ascending
};

}  // namespace weft::balance
