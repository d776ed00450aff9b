#include "balance/subset.h"

#include "balance/algorithms/all.h"

#include <algorithm>

namespace weft::balance {

Subset::Subset(std::vector<std::uint64_t> labels, const ClusterOptions& options)
    : options_(options), labels_(std::move(labels)), algorithm_(make_algorithm(options)) {}

void Subset::adopt(std::span<Endpoint* const> cluster) {
  endpoints_.clear();
  endpoints_.reserve(cluster.size());
  for (Endpoint* endpoint : cluster) {
    if (std::ranges::includes(endpoint->labels, labels_)) {
      endpoints_.push_back(endpoint);
    }
  }
  algorithm_->adopt(endpoints_);
  if (remote_algorithm_) {
    remote_algorithm_->adopt(endpoints_);
  }
}

void Subset::refresh(base::MonoTime now) {
  candidates_.rebuild(endpoints_, options_, now);
  if (candidates_.has_zones() && !remote_algorithm_ && !is_hashing(options_.strategy)) {
    remote_algorithm_ = make_algorithm(options_);
    remote_algorithm_->adopt(endpoints_);
  }
}

void Subset::change_algorithm() {
  remote_algorithm_.reset();
  algorithm_ = make_algorithm(options_);
  algorithm_->adopt(endpoints_);
}

}  // namespace weft::balance
