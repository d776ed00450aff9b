// What a loop can say about single endpoints: asked for now and then by people, never on the way of
// a request.
#pragma once

#include "balance/breaker.h"
#include "base/time.h"
#include "proxy/loop_cluster.h"

#include <cstddef>
#include <cstdint>
#include <optional>
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

// Returns: nullopt when the loop's cluster has no such endpoint. Thread: the cluster's loop.
std::optional<EndpointReport> report_endpoint(LoopCluster& cluster, std::uint32_t instance,
                                              base::MonoTime now);

}  // namespace weft::proxy
