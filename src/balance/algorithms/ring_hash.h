// Ring hash with bounded loads: a key goes to the next endpoint on a ring, past those that have
// more than their share of the requests under way.
#pragma once

#include "balance/algorithms/algorithm.h"
#include "balance/algorithms/hashing.h"

#include <cstdint>
#include <vector>

namespace weft::balance {

// Unlike maglev it gives way to load: one hot key cannot fill its endpoint, the overflow goes to
// the same next ones. Shares of a quiet ring differ by some percent. Memory: 16 bytes per point,
// about 1 MiB at most per cluster and loop that use it. Source: Karger et al. 1997 (ring);
// Mirrokni, Thorup, Zadimoghaddam 2018 (bounded loads). Thread: its loop.
class RingHash final : public Algorithm {
 public:
  // Points of an endpoint of average weight. Source: libketama.
  static constexpr std::uint32_t kPointsPerEndpoint = 160;
  // chosen: sorting them stays within some milliseconds; beyond 410 endpoints each has fewer
  // points.
  static constexpr std::uint32_t kPointsMax = 65'536;

  // Lifetime: `options` outlives it and may change under it.
  explicit RingHash(const RingHashOptions& options) : options_(options) {}

  void adopt(std::span<Endpoint* const> endpoints) override;
  // The endpoint's running requests, this one included, are at most
  // ceil(load_bound × all running requests of the candidates × its share of their weight).
  Endpoint& pick(std::span<Endpoint* const> candidates, const PickContext& context) override;

 private:
  struct Point {
    std::uint64_t place;
    std::uint32_t member;
  };

  void place_points();

  const RingHashOptions& options_;
  HashMembers members_;
  std::vector<Point> points_;  // ascending by place
};

}  // namespace weft::balance
