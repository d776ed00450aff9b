// How much one loop may ask of one endpoint, and of all endpoints of a cluster, at a time. A slot
// is held as long as the connection or the wait lasts and gives itself back.
#pragma once

#include "base/limits.h"
#include "base/result.h"

#include <cstdint>
#include <utility>

namespace weft::balance {

// Per loop. Source: contract/README.md "Every service through the gateway". chosen: what is 0 is
// not limited, because the limits of the endpoints and the number of clients bound it already.
struct LimitOptions {
  // Of one endpoint.
  std::uint32_t connections_max =
      static_cast<std::uint32_t>(base::default_of(base::Limit::kBackendConnections));
  // Requests that wait for a connection.
  std::uint32_t pending_max =
      static_cast<std::uint32_t>(base::default_of(base::Limit::kBackendPending));
  std::uint32_t requests_max = 0;  // under way; 0 = not limited
  // Of all endpoints together; 0 = not limited.
  std::uint32_t cluster_connections_max = 0;
  std::uint32_t cluster_pending_max = 0;
  std::uint32_t cluster_requests_max = 0;
};

// What a cluster has in use, over all its endpoints, those that are leaving included.
// Thread: its loop. Lifetime: its Cluster.
struct ClusterUsage {
  std::uint32_t connections = 0;
  std::uint32_t pending = 0;
  std::uint32_t requests = 0;
};

// One of the endpoint's and one of the cluster's.
// Lifetime: the counters outlive the slot; an endpoint with slots out is kept by its cluster.
// Thread:   its loop.
class LimitSlot final {
 public:
  LimitSlot() = default;
  LimitSlot(std::uint32_t& of_endpoint, std::uint32_t& of_cluster)
      : of_endpoint_(&of_endpoint), of_cluster_(&of_cluster) {
    ++of_endpoint;
    ++of_cluster;
  }
  LimitSlot(LimitSlot&& other) noexcept
      : of_endpoint_(std::exchange(other.of_endpoint_, nullptr)), of_cluster_(other.of_cluster_) {}
  LimitSlot& operator=(LimitSlot&& other) noexcept {
    if (this != &other) {
      release();
      of_endpoint_ = std::exchange(other.of_endpoint_, nullptr);
      of_cluster_ = other.of_cluster_;
    }
    return *this;
  }
  ~LimitSlot() { release(); }

  bool is_held() const { return of_endpoint_ != nullptr; }
  void release() {
    if (of_endpoint_ != nullptr) {
      --*std::exchange(of_endpoint_, nullptr);
      --*of_cluster_;
    }
  }

 private:
  std::uint32_t* of_endpoint_ = nullptr;
  std::uint32_t* of_cluster_ = nullptr;  // with of_endpoint_
};

// Lifetime: `options` and `cluster` outlive it; options may change under it, slots already out
// stay. Thread:   its loop.
class Limits final {
 public:
  Limits(const LimitOptions& options, ClusterUsage& cluster)
      : options_(options), cluster_(cluster) {}
  Limits(const Limits&) = delete;
  Limits& operator=(const Limits&) = delete;

  // For a new connection, held until it is closed.
  // Errors: kLimit (side self, retry safe).
  base::Result<LimitSlot> take_connection();
  // For a request that waits because take_connection() was refused.
  // Errors: kOverloaded (side self, retry safe): answer 503 with Retry-After.
  base::Result<LimitSlot> take_pending();
  // Which limit it was that refused.
  base::Limit connection_limit_met() const {
    return connections_ >= options_.connections_max ? base::Limit::kBackendConnections
                                                    : base::Limit::kClusterConnections;
  }
  base::Limit pending_limit_met() const {
    return pending_ >= options_.pending_max ? base::Limit::kBackendPending
                                            : base::Limit::kClusterPending;
  }

  std::uint32_t connections() const { return connections_; }
  std::uint32_t pending() const { return pending_; }
  std::uint64_t connections_refused_total() const { return connections_refused_total_; }
  std::uint64_t pending_refused_total() const { return pending_refused_total_; }
  bool is_idle() const { return connections_ == 0 && pending_ == 0; }

 private:
  const LimitOptions& options_;
  ClusterUsage& cluster_;
  std::uint32_t connections_ = 0;
  std::uint32_t pending_ = 0;
  std::uint64_t connections_refused_total_ = 0;
  std::uint64_t pending_refused_total_ = 0;
};

}  // namespace weft::balance
