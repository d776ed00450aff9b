// The words of mesh v2 for what the model knows. Source: contract/sutazai.md §1.1,
// contract/README.md "One registry".
#pragma once

#include "base/described.h"
#include "model/check.h"
#include "model/cluster_settings.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weft::api::mesh {

// What a service of this family may be called. Source: contract/sutazai.md §1 "register body".
inline constexpr std::string_view kServiceNamePattern = "^[a-z0-9-]+$";
inline constexpr std::size_t kServiceNameLengthMax = 64;

// Of a read that can be asked about the past.
constexpr base::Field at_field() {
  return base::field("at").in_query().length(1, 64).about(
      "as it was at this index or time; absent: as it is");
}

// healthy, degraded, unhealthy, unknown
std::string_view state_name(model::Health health);

// How instances are picked. Source: contract/sutazai.md §1.1; p2c_ewma is the gateway's default
// (contract/README.md "Every service through the gateway").
enum class Strategy : std::uint8_t {
  kRoundRobin,
  kLeastConnections,
  kWeighted,
  kRandom,
  kIpHash,
  kMaglev,
  kRingHash,
  kP2cEwma,
};
BOOST_DESCRIBE_ENUM(Strategy, kRoundRobin, kLeastConnections, kWeighted, kRandom, kIpHash, kMaglev,
                    kRingHash, kP2cEwma)

Strategy strategy_of(model::Balancing balancing);
model::Balancing balancing_of(Strategy strategy);
// What POST /call does where the gateway does that: calls cycle unless somebody chose otherwise.
Strategy strategy_of_calls(model::Balancing balancing);

}  // namespace weft::api::mesh
