// Which entries a question is about, beside its filter: ?tag=, ?node-meta=.
// Source: contract/consul.md §3, §4.
#pragma once

#include "api/consul/entries.h"
#include "api/consul/reading.h"

#include <string_view>
#include <vector>

namespace weft::api::consul {

// What the instances of a service depend on, for names that processes of the mesh have by
// themselves too.
state::Interest interest_of_service(std::string_view service);

// Has the node every ?node-meta=key:value?
bool has_node_meta(const Question& question, const NodeEntry& node);

// Those whose node has them, and that have every ?tag=. Tags are compared without regard to case.
std::vector<ServiceEntry> selected(const Question& question, std::vector<ServiceEntry> entries);

}  // namespace weft::api::consul
