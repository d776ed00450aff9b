// What the hashing algorithms share: who is in a table or ring, is an endpoint among the
// candidates, and a choice by score when none of them is near.
#pragma once

#include "balance/endpoint.h"
#include "balance/hash.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <ranges>
#include <span>
#include <utility>
#include <vector>

namespace weft::balance {

// How many places of a table or ring are looked at before the candidates are compared one by one.
// chosen: with one candidate of ten, one key in 850 gets that far.
inline constexpr std::uint32_t kHashProbesMax = 64;

// The endpoints with weight, ordered by identity: what is made from them must be the same on every
// loop and node, whatever the order of registration.
// Thread: its loop.
class HashMembers final {
 public:
  // Takes at most `members_max` of them. Lifetime: the endpoints live until the next call.
  // Returns: whether identities or weights are others than before.
  bool adopt(std::span<Endpoint* const> endpoints, std::size_t members_max);

  std::size_t size() const { return members_.size(); }
  Endpoint& operator[](std::size_t i) const { return *members_[i]; }
  std::vector<Endpoint*>::const_iterator begin() const { return members_.begin(); }
  std::vector<Endpoint*>::const_iterator end() const { return members_.end(); }

 private:
  std::vector<Endpoint*> members_;
  std::vector<std::pair<std::uint64_t, std::uint32_t>> known_;  // identity and weight of each
};

// `candidates` lie in registration order, so a binary search tells.
inline bool is_among(std::span<Endpoint* const> candidates, const Endpoint& endpoint) {
  const auto found = std::ranges::lower_bound(candidates, endpoint.ordinal, {}, &Endpoint::ordinal);
  return found != candidates.end() && *found == &endpoint;
}

// The highest random weight of those that `admits` lets through, each drawn in proportion to its
// weight. Source: Thaler and Ravishankar 1998; for weights: Wang, Ravishankar 2009, w / -ln(u).
// Returns: null when `admits` lets none through.
template <class Admits>
Endpoint* rendezvous(std::span<Endpoint* const> candidates, std::uint64_t key,
                     const Admits& admits) {
  Endpoint* best = nullptr;
  double best_score = 0;
  for (Endpoint* endpoint : candidates) {
    if (!admits(*endpoint)) {
      continue;
    }
    // Within (0, 1): 53 bits and a half.
    const double u =
        (static_cast<double>(mix(key ^ endpoint->identity_hash) >> 11) + 0.5) * 0x1.0p-53;
    const double score = endpoint->weight / -std::log(u);
    if (best == nullptr || score > best_score) {
      best = endpoint;
      best_score = score;
    }
  }
  return best;
}

}  // namespace weft::balance
