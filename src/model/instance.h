// An instance: one address and port of a service.
#pragma once

#include "base/boxed.h"
#include "base/described.h"
#include "base/json.h"
#include "model/check.h"
#include "model/labels.h"
#include "model/names.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weft::model {

// What few instances have. Source: contract/consul.md §2.1. Thread: any (a value).
struct InstanceDetails {
  // What its owner calls it, where that is not its id: two nodes may have one of the same name.
  std::string local_id{};
  json::object tagged_addresses{};  // "lan" -> {"address", "port"}
  // What it weighs while a check warns, for who balances by our lists.
  std::optional<std::uint16_t> weight_warning{};
  bool tags_may_change = false;  // by others than its owner; told to who asks, no more

  bool operator==(const InstanceDetails&) const = default;

  static constexpr auto kFields =
      base::fields(base::field("local_id").length(0, kNameLengthMax).pattern(kNamePattern),
                   base::field("tagged_addresses").length(0, 16),
                   base::field("weight_warning").left_out_when_null());
};
BOOST_DESCRIBE_STRUCT(InstanceDetails, (),
                      (local_id, tagged_addresses, weight_warning, tags_may_change))

// Thread: any (a value). Kept small: a fleet has many thousands.
struct Instance {
  std::string id{};  // unique in the whole mesh
  std::string service{};
  std::string address{};  // an IP or a host name
  // Any number the catalogue is told; what no socket can reach is listed but never routed to.
  // Source: contract/consul.md §2.1.
  std::uint32_t port = 0;
  std::uint16_t weight = kWeightUsual;  // 0: listed, never picked
  bool enabled = true;                  // false: taken out of rotation, as for maintenance
  std::string disabled_reason{};
  std::vector<std::string> tags{};
  json::object metadata{};
  std::vector<CheckSpec> checks{};
  std::string node{};  // where it is catalogued; empty: nobody said (of an older version)
  base::Boxed<InstanceDetails> details{};

  static constexpr std::uint16_t kWeightUsual = 100;

  bool operator==(const Instance&) const = default;
  void validate(base::Decoding& at) const;

  static constexpr auto kFields = base::fields(
      base::field("id").required().length(1, kNameLengthMax).pattern(kNamePattern),
      base::field("service").required().length(1, kNameLengthMax).pattern(kNamePattern),
      base::field("address").required().length(0, kNameLengthMax).pattern(kNamePattern),
      base::field("disabled_reason").length(0, 1024), base::field("tags").length(0, kTagsMax),
      base::field("metadata").length(0, kMetadataEntriesMax), base::field("checks").length(0, 64),
      base::field("node").length(0, kNameLengthMax).pattern(kNamePattern),
      base::field("details").left_out_when_null());
};
BOOST_DESCRIBE_STRUCT(Instance, (),
                      (id, service, address, port, weight, enabled, disabled_reason, tags, metadata,
                       checks, node, details))

inline std::string key_of(const Instance& instance) { return instance.id; }

// What its owner calls it. Lifetime: the instance's.
inline const std::string& owner_id_of(const Instance& instance) {
  return instance.details && !instance.details->local_id.empty() ? instance.details->local_id
                                                                 : instance.id;
}

// Returns: the check with this id, or null. Lifetime: that of `checks`.
const CheckSpec* find_check(const std::vector<CheckSpec>& checks, std::string_view check);
inline const CheckSpec* find_check(const Instance& instance, std::string_view check) {
  return find_check(instance.checks, check);
}

// Does what this check of `before` found hold for `after`? Not when the instance is elsewhere now,
// belongs to another service, or the check was changed or has gone.
// Source: contract/README.md "One registry": no result yet is unknown.
bool is_same_check(const Instance& before, const Instance& after, std::string_view check);

// Refuses two checks of one id, below "checks".
void validate_checks(const std::vector<CheckSpec>& checks, base::Decoding& at);

// Can a connection be opened there at all?
constexpr bool is_port(std::uint32_t port) { return port > 0 && port <= 65535; }

}  // namespace weft::model
