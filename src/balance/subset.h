// The endpoints of a cluster that a pick may choose from: all of them, or those that carry certain
// labels. Their state (breaker, latency, limits) is the cluster's; here is who is in, and whose
// turn it is.
#pragma once

#include "balance/algorithms/algorithm.h"
#include "balance/candidates.h"
#include "balance/endpoint.h"
#include "balance/options.h"
#include "base/time.h"

#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace weft::balance {

// Thread: its loop. Lifetime: owned by its Cluster.
class Subset final {
 public:
  // An endpoint is in when it has all of `labels`, which ascend; without labels all are.
  // Lifetime: `options` outlives it and may change under it.
  Subset(std::vector<std::uint64_t> labels, const ClusterOptions& options);

  // The set of endpoints, its order, weights or labels changed. Allocates.
  void adopt(std::span<Endpoint* const> cluster);
  // The strategy changed.
  void change_algorithm();
  // Health, breakers or ejections changed. Allocates when zones begin to matter.
  void refresh(base::MonoTime now);

  std::span<const std::uint64_t> labels() const { return labels_; }
  std::span<Endpoint* const> endpoints() const { return endpoints_; }
  const Candidates& candidates() const { return candidates_; }
  Algorithm& algorithm() { return *algorithm_; }
  // Of the endpoints in other zones, when zones matter: turns of their own, or each request that
  // spills over would move the turn of those here. Keys need no turns.
  Algorithm& remote_algorithm() { return remote_algorithm_ ? *remote_algorithm_ : *algorithm_; }

 private:
  friend class SubsetHold;
  friend class Cluster;

  const ClusterOptions& options_;
  const std::vector<std::uint64_t> labels_;
  std::vector<Endpoint*> endpoints_;
  std::unique_ptr<Algorithm> algorithm_;
  std::unique_ptr<Algorithm> remote_algorithm_;  // null until it is needed
  Candidates candidates_;
  std::uint32_t holds_ = 0;
  std::uint32_t idle_sweeps_ = 0;
};

// Keeps a subset while a request goes by it. Empty: the whole cluster.
// Lifetime: the cluster outlives it. Thread: its loop.
class SubsetHold final {
 public:
  SubsetHold() = default;
  explicit SubsetHold(Subset& subset) : subset_(&subset) {
    ++subset.holds_;
    subset.idle_sweeps_ = 0;
  }
  SubsetHold(SubsetHold&& other) noexcept : subset_(std::exchange(other.subset_, nullptr)) {}
  SubsetHold& operator=(SubsetHold&& other) noexcept {
    if (this != &other) {
      release();
      subset_ = std::exchange(other.subset_, nullptr);
    }
    return *this;
  }
  ~SubsetHold() { release(); }

  void release() {
    if (subset_ != nullptr) {
      --std::exchange(subset_, nullptr)->holds_;
    }
  }
  Subset* subset() const { return subset_; }

 private:
  Subset* subset_ = nullptr;
};

}  // namespace weft::balance
