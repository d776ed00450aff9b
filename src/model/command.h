// Command: an intended change. Whoever changes anything sends one to State.
#pragma once

#include "base/result.h"
#include "model/objects.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace weft::model {

class View;

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
// The same for a node, and so for all instances on it.
// Consul: maintenance mode survives a registration and ends with the service.
// Errors: kNotFound; kInvalid: the reason is too long.
struct SetRotation {
  std::string key{};  // of the instance or node
  Rotation rotation = Rotation::kOut;
  std::optional<std::string> reason{};  // why it is out, for people; nullopt: as it was
  Table table = Table::kInstances;
};

// Writes an entry and takes its lock for a session; who holds it already only writes.
// Errors: kNotFound (no such session), kConflict (another one holds it, or its lock delay runs).
struct Lock {
  KvEntry entry{};  // its session and lock index are not looked at
  std::string session{};
};

// Writes an entry and gives its lock back. Errors: kConflict (the session does not hold it).
struct Unlock {
  KvEntry entry{};
  std::string session{};
};

// Removes the entries of the key-value store below a prefix; none is no error.
struct DeleteBelow {
  std::string prefix{};
};

// Changes nothing; holds the steps of its command to what is so.
// Errors: kNotFound, kConflict: as Condition says; kConflict: `session` does not hold the entry.
struct Expect {
  std::string key{};
  Condition only_if{};
  std::optional<std::string> session{};  // of an entry of the key-value store
  Table table = Table::kKv;
};

// Changes nothing; holds its command to what `holds` finds in the state that the steps before have
// made, which may be looked at twice as for Edit. Errors: those of `holds`.
struct Require {
  std::function<base::Result<void>(const View&)> holds{};  // captures values only
};

// Changes an object as it is when the command is carried out, which may be later, and twice, when
// another node has written meanwhile. The key stays. What SetRotation changes is kept.
// Errors: kNotFound (no such key, and not kCreate); what `change` says; kInvalid: a rule of its
// type is broken then.
template <class T>
struct Edit {
  enum class IfAbsent : std::uint8_t { kFail, kCreate };

  std::string key{};
  std::function<base::Result<void>(T&)> change{};  // captures values only
  IfAbsent if_absent = IfAbsent::kFail;            // kCreate: `change` is given an empty one
};

using Step = std::variant<Put, Delete, SetRotation, Lock, Unlock, DeleteBelow, Expect, Require,
                          Edit<Instance>, Edit<Node>>;

// Happens whole or not at all; the steps see one another's effects in order.
struct Command {
  std::string actor{};  // who asks: "admin", "10.0.0.1", "health"
  std::vector<Step> steps{};
};

}  // namespace weft::model
