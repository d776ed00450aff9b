// An instance: one address and port of a service.
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

// Thread: any (a value). Kept small: a fleet has many thousands.
struct Instance {
  std::string id{};  // unique in the whole mesh
  std::string service{};
  std::string address{};  // an IP or a host name
  // Any number the catalogue is told; what no socket can reach is listed but never routed to.
  // Source: contract/consul.md §2.1.
  std::uint32_t port = 0;
  std::uint16_t weight = 100;  // 0: listed, never picked
  bool enabled = true;         // false: taken out of rotation, as for maintenance
  std::string disabled_reason{};
  std::vector<std::string> tags{};
  json::object metadata{};
  std::vector<CheckSpec> checks{};

  bool operator==(const Instance&) const = default;
  void validate(base::Decoding& at) const;

  static constexpr auto kFields = base::fields(
      base::field("id").required().length(1, kNameLengthMax).pattern(kNamePattern),
      base::field("service").required().length(1, kNameLengthMax).pattern(kNamePattern),
      base::field("address").required().length(0, kNameLengthMax).pattern(kNamePattern),
      base::field("disabled_reason").length(0, 1024), base::field("tags").length(0, kTagsMax),
      base::field("metadata").length(0, kMetadataEntriesMax), base::field("checks").length(0, 16));
};
BOOST_DESCRIBE_STRUCT(Instance, (),
                      (id, service, address, port, weight, enabled, disabled_reason, tags, metadata,
                       checks))

inline std::string key_of(const Instance& instance) { return instance.id; }

// Returns: the check with this id, or null.
const CheckSpec* find_check(const Instance& instance, std::string_view check);

// Does what this check of `before` found hold for `after`? Not when the instance is elsewhere now,
// belongs to another service, or the check was changed or has gone.
// Source: contract/README.md "One registry": no result yet is unknown.
bool is_same_check(const Instance& before, const Instance& after, std::string_view check);

// Can a connection be opened there at all?
constexpr bool is_port(std::uint32_t port) { return port > 0 && port <= 65535; }

}  // namespace weft::model
