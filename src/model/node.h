// A node of the catalogue: a machine, or a weft process, on which instances are.
#pragma once

#include "base/described.h"
#include "base/json.h"
#include "model/check.h"
#include "model/labels.h"
#include "model/names.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weft::model {

// What became of a process of this mesh. Consul: the status of a member.
enum class NodeLife : std::uint8_t {
  kAlive,
  kLeft,    // it has stopped in order
  kFailed,  // nobody hears of it any longer
};
BOOST_DESCRIBE_ENUM(NodeLife, kAlive, kLeft, kFailed)

// Thread: any (a value). Source: contract/consul.md §3.
struct Node {
  std::string name{};
  std::string id{};  // a UUID, or nothing
  std::string address{};
  json::object tagged_addresses{};  // "lan" -> an address
  json::object metadata{};
  std::vector<CheckSpec> checks{};   // of the node itself: all its instances are as bad as they say
  bool is_weft = false;              // a process of this mesh; others were put into the catalogue
  json::object listeners{};          // of a process of this mesh: role -> list of host:port
  NodeLife life = NodeLife::kAlive;  // of a process of this mesh
  std::string version{};             // of a process of this mesh
  bool enabled = true;               // false: its instances are out of rotation
  std::string disabled_reason{};

  // A process of this mesh that is there.
  bool is_weft_alive() const { return is_weft && life == NodeLife::kAlive; }

  bool operator==(const Node&) const = default;
  void validate(base::Decoding& at) const;

  static constexpr auto kFields = base::fields(
      base::field("name").required().length(1, kNameLengthMax).pattern(kNamePattern),
      base::field("id").length(0, 64), base::field("address").length(0, kNameLengthMax),
      base::field("tagged_addresses").length(0, 16),
      base::field("metadata").length(0, kMetadataEntriesMax), base::field("checks").length(0, 64),
      base::field("version").length(0, 64), base::field("disabled_reason").length(0, 1024));
};
BOOST_DESCRIBE_STRUCT(Node, (),
                      (name, id, address, tagged_addresses, metadata, checks, is_weft, listeners,
                       life, version, enabled, disabled_reason))

inline std::string key_of(const Node& node) { return node.name; }

// Does what this check of `before` found hold for `after`? Not when the node has another address
// now, or the check was changed or has gone.
bool is_same_check(const Node& before, const Node& after, std::string_view check);

}  // namespace weft::model
