// What a loop can say about single endpoints: asked for now and then by people, never on the way of
// a request.
#pragma once

#include "balance/breaker.h"
#include "base/time.h"
#include "proxy/loop_cluster.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace weft::proxy {

// More are asked for in several turns: a loop that looks up so many is away from its requests for
// less than half a millisecond.
inline constexpr std::size_t kEndpointsPerReport = 1000;

// By the numbers of their rows (model/row.h).
struct EndpointRef {
  std::uint32_t service = 0;
  std::uint32_t instance = 0;
};

struct EndpointReport {
  EndpointRef endpoint;
  std::uint32_t active = 0;  // requests and tunnels under way
  std::uint32_t idle_connections = 0;
  balance::BreakerState breaker = balance::BreakerState::kClosed;
  bool is_ejected = false;  // as an outlier
  bool is_warming = false;  // slow start
  // What the backend was seen to allow, or says; nullopt: nothing was learned yet.
  std::optional<base::Nanos> idle_timeout;
  std::uint64_t attempts_total = 0;
  std::uint64_t failures_total = 0;
};

// Thread: its loop; copied through a message.
struct EndpointReports {
  std::uint64_t index = 0;                // of the snapshot that the loop works by
  std::vector<EndpointReport> endpoints;  // those asked for that the loop has state of, in order
};

// A part of what a loop says about the requests under way.
struct ActivePart {
  struct Count {
    std::uint32_t instance = 0;
    std::uint32_t active = 0;  // requests and tunnels
  };
  // Where a walk over the clusters stands.
  struct Place {
    std::size_t bucket = 0;
    std::size_t buckets = 0;  // others than the loop has: it begins anew
  };
  std::vector<Count> counts;
  Place next;             // what to ask for next
  bool is_first = false;  // what earlier parts said counts no more
  bool is_last = false;
};

// Of the endpoints asked for those that `clusters` have state of. Thread: the clusters' loop.
std::vector<EndpointReport> report_endpoints(const LoopClusters& clusters,
                                             std::span<const EndpointRef> asked,
                                             base::MonoTime now);

}  // namespace weft::proxy
