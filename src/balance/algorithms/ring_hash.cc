#include "balance/algorithms/ring_hash.h"

#include "balance/algorithms/hashing.h"
#include "balance/hash.h"

#include <algorithm>
#include <cmath>

namespace weft::balance {
namespace {

constexpr std::uint64_t kPointStride = 0x9e3779b97f4a7c15ULL;  // 2^64 / golden ratio, odd

}  // namespace

void RingHash::adopt(std::span<Endpoint* const> endpoints) {
  if (members_.adopt(endpoints, kPointsMax)) {
    place_points();
  }
}

void RingHash::place_points() {
  points_.clear();
  double weights = 0;
  for (const Endpoint* member : members_) {
    weights += member->weight;
  }
  const auto count = static_cast<double>(members_.size());
  const double points = std::min<double>(kPointsMax, kPointsPerEndpoint * count);
  for (std::uint32_t member = 0; member < members_.size(); ++member) {
    const Endpoint& endpoint = members_[member];
    const auto own =
        static_cast<std::uint32_t>(std::max(1.0, std::round(points * endpoint.weight / weights)));
    for (std::uint32_t i = 1; i <= own; ++i) {
      points_.push_back({mix(endpoint.identity_hash + i * kPointStride), member});
    }
  }
  std::ranges::sort(points_, {}, [](const Point& p) { return std::pair(p.place, p.member); });
}

Endpoint& RingHash::pick(std::span<Endpoint* const> candidates, const PickContext& context) {
  const std::uint64_t key = context.hash_key ? *context.hash_key : context.random.next();
  double active = 1;
  double weights = 0;
  for (const Endpoint* endpoint : candidates) {
    active += endpoint->active;
    weights += endpoint->weight;
  }
  // The rooms add up to at least `active`, so one of the candidates always has some.
  const double per_weight = std::max(options_.load_bound, 1.0) * active / weights;
  const auto has_room = [per_weight](const Endpoint& endpoint) {
    return endpoint.active < std::ceil(per_weight * endpoint.weight);
  };
  auto point = std::ranges::lower_bound(points_, key, {}, &Point::place);
  const std::size_t probes = std::min<std::size_t>(points_.size(), kHashProbesMax);
  for (std::size_t probe = 0; probe < probes; ++probe, ++point) {
    if (point == points_.end()) {
      point = points_.begin();
    }
    Endpoint& endpoint = members_[point->member];
    if (has_room(endpoint) && is_among(candidates, endpoint)) {
      return endpoint;
    }
  }
  Endpoint* chosen = rendezvous(candidates, key, has_room);
  return chosen != nullptr ? *chosen : *candidates.front();  // rounding of the sums at the most
}

}  // namespace weft::balance
