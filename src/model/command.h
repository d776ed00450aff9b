// Command: an intended change. Whoever changes anything sends one to State.
#pragma once

#include "model/objects.h"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace weft::model {

// When a step may happen. An unmet condition refuses the whole command with kConflict
// (kPresent: kNotFound).
struct Condition {
  enum class Kind : std::uint8_t {
    kAlways,
    kAbsent,   // the key does not exist (create only; Consul cas=0)
    kPresent,  // the key exists
    kIndexIs,  // the row's modified index is `index` (compare and set, If-Match)
  };
  Kind kind = Kind::kAlways;
  std::uint64_t index = 0;

  static Condition absent() { return {.kind = Kind::kAbsent}; }
  static Condition present() { return {.kind = Kind::kPresent}; }
  static Condition index_is(std::uint64_t index) { return {Kind::kIndexIs, index}; }
};

// Creates or replaces the object under its key. One equal to what is there changes nothing.
struct Put {
  Object object{};
  Condition only_if{};
};

// Removes the object and what cannot be without it (a service's instances, an instance's checks).
struct Delete {
  Table table = Table::kServices;
  std::string key{};
  Condition only_if = Condition::present();
};

// Is it given new requests?
enum class Rotation : std::uint8_t { kIn, kOut };

// Takes an instance out of rotation or puts it back, and leaves everything else of it as it is.
// Nothing else does: a Put of an instance that exists keeps `enabled` and `disabled_reason`, for
// who registers an instance is not who operates the mesh. Removed and put anew, it is in rotation.
// Consul: maintenance mode survives a registration and ends with the service.
// Errors: kNotFound; kInvalid: the reason is too long.
struct SetRotation {
  std::string instance{};
  Rotation rotation = Rotation::kOut;
  std::optional<std::string> reason{};  // why it is out, for people; nullopt: as it was
};

using Step = std::variant<Put, Delete, SetRotation>;

// Happens whole or not at all; the steps see one another's effects in order.
struct Command {
  std::string actor{};  // who asks: "admin", "10.0.0.1", "health"
  std::vector<Step> steps{};
};

}  // namespace weft::model
