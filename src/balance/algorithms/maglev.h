// Maglev hashing: a table of a prime size in which each endpoint has its share of the places.
#pragma once

#include "balance/algorithms/algorithm.h"
#include "balance/algorithms/hashing.h"

#include <cstdint>
#include <vector>

namespace weft::balance {

// A pick costs one look into the table; making it, when endpoints or weights change, some
// milliseconds. Shares are even to about one place (0.1 % with 100 endpoints), which a ring does
// not reach. When one of n endpoints goes, its keys move, and few others (below 2 % with 100
// endpoints and this size). Memory: 128 KiB per cluster and loop that use it. Source: Eisenbud et
// al., NSDI 2016, §3.4; weights as in Envoy: who is heavier takes more turns. Thread: its loop.
class Maglev final : public Algorithm {
 public:
  // Source: the paper's smaller size. chosen: above 100 places each for 600 endpoints.
  static constexpr std::uint32_t kTableSize = 65'537;
  // Beyond it (in order of identity) an endpoint has no place and is picked only when none with a
  // place is a candidate.
  static constexpr std::size_t kMembersMax = 65'535;

  void adopt(std::span<Endpoint* const> endpoints) override;
  // A place whose endpoint is no candidate leads on to further places, which depend on the key
  // only: so the keys of a missing endpoint spread over all others, and each stays where it went.
  Endpoint& pick(std::span<Endpoint* const> candidates, const PickContext& context) override;

 private:
  void fill();

  HashMembers members_;
  std::vector<std::uint16_t> table_;  // indexes of members_
};

}  // namespace weft::balance
