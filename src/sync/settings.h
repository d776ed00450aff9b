// What a person says about the sync: the types of its settings.
#pragma once

#include "base/address.h"
#include "base/result.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace weft::sync {

// Which way services go. What no longer goes a way is taken back there.
enum class Direction : std::uint8_t {
  kBoth,
  kIn,    // from Consul into the mesh
  kOut,   // from the mesh to Consul
  kNone,  // neither: everything that was synced is taken back
};

constexpr bool goes_in(Direction direction) {
  return direction == Direction::kBoth || direction == Direction::kIn;
}
constexpr bool goes_out(Direction direction) {
  return direction == Direction::kBoth || direction == Direction::kOut;
}

// "both", "in", "out", "none". Errors: kInvalid. Thread of both: any; pure.
base::Result<Direction> parse_direction(std::string_view text);

// Where the Consul is: "127.0.0.1:8500", "http://consul.example:8500"; without a port 8500 stands.
// "" and "off" are nowhere: there is no sync.
// Errors: kInvalid; https, which is not spoken here, and anything behind the port.
base::Result<std::optional<base::HostPort>> parse_consul_address(std::string_view text);

}  // namespace weft::sync
