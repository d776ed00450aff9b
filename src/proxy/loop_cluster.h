// A service as one loop sees it: balancing state and connections, kept across snapshots.
#pragma once

#include "balance/cluster.h"
#include "io/loop.h"
#include "model/snapshot.h"
#include "proxy/backend.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace weft::proxy {

// Translates the settings of a service for the balance room. Pure.
balance::ClusterOptions balance_options(const model::ClusterSettings& settings);
balance::EndpointSpec endpoint_spec(const model::Endpoint& endpoint);

// Thread: its loop. Lifetime: kept by the worker while requests run, also after removal.
class LoopCluster final {
 public:
  LoopCluster(io::Loop& loop, std::shared_ptr<const model::Cluster> cluster,
              balance::Cluster::TransitionSink sink);

  // Adopts a newer version of the same service; state of known endpoints stays.
  void adopt(std::shared_ptr<const model::Cluster> cluster);

  const model::Cluster& config() const { return *config_; }
  const std::shared_ptr<const model::Cluster>& shared_config() const { return config_; }
  balance::Cluster& balance() { return balance_; }
  // Returns: null when the endpoint has left.
  Backend* backend(std::uint32_t number);
  // A connection slot of the endpoint is free: the one who waits longest for it runs now, or, when
  // the cluster's connections are limited and nobody waits here, one who waits at another endpoint.
  void tell_slot_freed(std::uint32_t number);
  // A request holds the cluster from its match to its record.
  void begin_use() { ++uses_; }
  void end_use() { --uses_; }
  bool is_idle() const { return uses_ == 0 && balance_.is_idle(); }
  std::size_t idle_connections() const;
  // Closes idle connections that are too old or dead, lets time work on breakers.
  void sweep(base::MonoTime now);
  void close_idle();

 private:
  io::Loop& loop_;
  std::shared_ptr<const model::Cluster> config_;
  balance::Cluster balance_;
  std::vector<std::unique_ptr<Backend>> backends_;  // ascending by number
  std::vector<std::unique_ptr<Backend>> leaving_;   // waited for, or pinned
  std::size_t uses_ = 0;
};

// By the numbers of their rows.
using LoopClusters = std::unordered_map<std::uint32_t, std::unique_ptr<LoopCluster>>;

// A walk over many clusters in parts, so that no turn is long: visits those in the buckets from
// `bucket` on, a few more than `clusters_max` of them. Returns: the bucket to go on with; that of
// the end is clusters.bucket_count(). When clusters come between two parts, one may be met twice,
// or by the next walk only.
template <class Visit>
std::size_t visit_some(const LoopClusters& clusters, std::size_t bucket, std::size_t clusters_max,
                       Visit visit) {
  std::size_t visited = 0;
  for (; visited < clusters_max && bucket < clusters.bucket_count(); ++bucket) {
    for (auto at = clusters.begin(bucket); at != clusters.end(bucket); ++at) {
      visit(*at->second);
      ++visited;
    }
  }
  return bucket;
}

}  // namespace weft::proxy
