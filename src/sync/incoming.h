// What the mesh is to have of what a Consul has, and the steps that bring it there. Pure.
//
// Whatever came in carries model::kSyncedFrom, and is on a node that does: that, and nothing else,
// is ever changed or removed here. A node of there is called "consul-DATACENTER-NAME" here, for one
// of ours may have its name; an instance is called "NODE/ID", as Consul's face would call it
// (api/consul/keys.h), so ids of two clusters never meet.
#pragma once

#include "base/time.h"
#include "model/command.h"
#include "model/instance.h"
#include "model/node.h"
#include "model/view.h"
#include "sync/answers.h"

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::sync {

// How the nodes begin that came in.
inline constexpr std::string_view kNodePrefix = "consul-";

// By the name of the service there: what was read of it last.
using RemoteServices = std::map<std::string, std::vector<RemoteEntry>, std::less<>>;

struct IncomingRules {
  std::string mesh_id;  // what carries it is our own and stays out
  std::string prefix;   // put before the names of services
};

// An object of the mesh with what its checks say.
template <class T>
struct Incoming {
  T object;
  std::vector<ToldCheck> checks;
};

struct IncomingSet {
  std::map<std::string, Incoming<model::Node>, std::less<>> nodes;          // by name
  std::map<std::string, Incoming<model::Instance>, std::less<>> instances;  // by id
  std::vector<std::string> refused;  // ids of instances that break a rule of the mesh
};

// Is it a service that every Consul, or every weft, has by itself?
bool is_built_in(std::string_view service);

// Left out are: what is our own or another sync's copy, parts of Consul's own mesh, what every
// cluster has by itself, and what a mesh of weft has already put here by its own sync (of the same
// name, address and port in `view`), so that two that sync with each other have everything once.
// Thread: any; pure.
IncomingSet make_incoming(const RemoteServices& services, const IncomingRules& rules,
                          const model::View& view);

// Steps that belong together: an object and its checks.
using StepGroup = std::vector<model::Step>;

// What `view` differs from `wanted` in. Whether something is in rotation is the operator's and
// stays. Nodes come first and go last; one that somebody else uses as well stays.
// Thread: any; pure.
std::vector<StepGroup> incoming_steps(const IncomingSet& wanted, const model::View& view,
                                      base::WallTime now);

// Marks all that came in as stale, but what is marked already. Thread: any; pure.
std::vector<StepGroup> stale_steps(const model::View& view, base::WallTime since);

// Is the row something that came in?
bool is_incoming(const model::Instance& instance);
bool is_incoming(const model::Node& node);

}  // namespace weft::sync
