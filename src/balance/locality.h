// Locality: requests stay in the zone of their node while enough of its endpoints are usable.
#pragma once

#include <cstddef>
#include <cstdint>

namespace weft::balance {

// Source: Envoy, zone-aware locality with an overprovisioning factor of 1.4, which is 1 / 0.7.
// chosen: on, because nothing is local unless somebody gave the node a zone, and who does wants it.
struct LocalityOptions {
  enum class Mode : std::uint8_t { kOff, kPrefer };
  Mode mode = Mode::kPrefer;
  double healthy_ratio_min = 0.7;  // of the zone's endpoints; below it requests spill over
};

// The share of the requests that stays in the zone: all while at least healthy_ratio_min of its
// `total` endpoints are `usable`, in proportion below, so that each of those left gets at most
// 1 / healthy_ratio_min times what it had.
// Thread: any; pure.
double local_share(const LocalityOptions& options, std::size_t usable, std::size_t total);

}  // namespace weft::balance
