// What a Consul is to have of what is at home in this mesh, and the bodies of the requests that
// bring it there. Pure.
//
// Everything of ours is on one node of its own there, "weft-sync-" and the first letters of the
// mesh's id, which says by NodeMeta whose it is and that nobody is to probe it; each instance has
// one check, which says what weft says of it. What is on that node and not ours is removed.
#pragma once

#include "base/json.h"
#include "model/check.h"
#include "model/view.h"
#include "sync/answers.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace weft::sync {

// Who we are there. Thread: any (a value).
struct OutgoingRules {
  std::string mesh_id;  // a UUID
  std::string mesh_name;
  std::string own_address;  // of instances and nodes that have none
};

std::string outgoing_node_name(const OutgoingRules& rules);

// An instance as the other side has it from us. Thread: any (a value).
struct OutgoingEntry {
  std::string id;
  std::string service;
  std::string address;
  std::int64_t port = 0;
  std::int64_t weight_passing = 1;
  std::int64_t weight_warning = 1;
  std::vector<std::string> tags;
  std::map<std::string, std::string, std::less<>> metadata;
  model::CheckStatus status = model::CheckStatus::kPassing;
  std::string output;

  bool operator==(const OutgoingEntry&) const = default;
};

using OutgoingSet = std::map<std::string, OutgoingEntry, std::less<>>;  // by id

// All that is at home here: not what came in by a sync, nor what another mesh has put here.
// Thread: any; pure.
OutgoingSet make_outgoing(const model::View& view, const OutgoingRules& rules);

// What the other side has on our node, and checks there that nobody of us made.
struct OutgoingThere {
  bool has_node = false;
  OutgoingSet entries;
  std::vector<std::string> stray_checks;
};
// Thread: any; pure.
OutgoingThere read_outgoing(const NodeAnswer& node, const std::vector<OwnedCheck>& checks);

// The bodies of /v1/catalog/register and /v1/catalog/deregister. Thread: any; pure.
json::object register_body(const OutgoingEntry& entry, const OutgoingRules& rules);
json::object deregister_body(const OutgoingRules& rules, const std::string& instance);
json::object deregister_check_body(const OutgoingRules& rules, const std::string& check);
json::object deregister_node_body(const OutgoingRules& rules);

}  // namespace weft::sync
