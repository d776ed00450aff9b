#include "sync/incoming.h"

#include "model/objects.h"
#include "model/origin.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <tuple>

namespace weft::sync {
namespace {

using base::WallTime;
using model::CheckState;
using model::Instance;
using model::Node;
using model::View;

constexpr std::array<std::string_view, 5> kBuiltIn{"consul", "weft-gateway", "weft-admin",
                                                   "weft-bus", "weft-monitor"};
constexpr std::int64_t kWeightMax = std::numeric_limits<std::uint16_t>::max();

std::string node_name_of(const RemoteNode& node) {
  std::string out(kNodePrefix);
  out += node.datacenter;
  out += '-';
  out += node.name;
  return out;
}

std::string origin_of(const RemoteNode& node) { return "consul/" + node.datacenter; }

void mark(json::object& metadata, const RemoteNode& from) {
  metadata.insert_or_assign(model::kSyncedFrom, origin_of(from));
  if (!metadata.contains(model::kExternalSource)) {
    metadata.emplace(model::kExternalSource, "consul");
  }
}

// A check's id is there once; of two the worse counts.
void drop_doubles(std::vector<ToldCheck>& checks) {
  std::ranges::sort(checks, [](const ToldCheck& a, const ToldCheck& b) {
    return std::tie(a.id, b.status, a.output) < std::tie(b.id, a.status, b.output);
  });
  const auto again = std::ranges::unique(checks, {}, &ToldCheck::id);
  checks.erase(again.begin(), again.end());
}

std::vector<model::CheckSpec> specs_of(const std::vector<ToldCheck>& checks) {
  std::vector<model::CheckSpec> out;
  out.reserve(checks.size());
  for (const ToldCheck& check : checks) {
    model::CheckSpec& spec = out.emplace_back();
    spec.id = check.id;
    spec.kind = model::CheckKind::kTold;
    if (!check.name.empty() || !check.notes.empty()) {
      spec.details.emplace().name = check.name;
      spec.details->notes = check.notes;
    }
  }
  return out;
}

// Consul: 1 and 1 is what nobody said; here everybody weighs what an instance usually weighs.
void set_weights(const RemoteInstance& from, Instance& to) {
  if (from.weight_passing == 1 && from.weight_warning == 1) {
    return;
  }
  to.weight =
      static_cast<std::uint16_t>(std::clamp<std::int64_t>(from.weight_passing, 0, kWeightMax));
  to.details->weight_warning =
      static_cast<std::uint16_t>(std::clamp<std::int64_t>(from.weight_warning, 0, kWeightMax));
}

Incoming<Node> incoming_node(const RemoteNode& from) {
  Incoming<Node> out;
  out.checks = from.checks;
  drop_doubles(out.checks);
  out.object.name = node_name_of(from);
  out.object.id = from.id;
  out.object.address = from.address;
  out.object.tagged_addresses = from.tagged_addresses;
  out.object.metadata = from.metadata;
  mark(out.object.metadata, from);
  out.object.checks = specs_of(out.checks);
  return out;
}

Incoming<Instance> incoming_instance(const RemoteEntry& from, const std::string& prefix) {
  const RemoteInstance& instance = from.instance;
  Incoming<Instance> out;
  out.checks = instance.checks;
  drop_doubles(out.checks);
  Instance& object = out.object;
  object.node = node_name_of(from.node);
  object.id = object.node + "/" + instance.id;
  object.service = prefix + instance.service;
  object.address = instance.address.empty() ? from.node.address : instance.address;
  object.port = static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(instance.port, 0, std::numeric_limits<std::uint32_t>::max()));
  object.tags = instance.tags;
  object.metadata = instance.metadata;
  mark(object.metadata, from.node);
  object.details.emplace().local_id = instance.id;
  object.details->tagged_addresses = instance.tagged_addresses;
  set_weights(instance, object);
  object.checks = specs_of(out.checks);
  return out;
}

bool is_ours(const json::object& metadata, const IncomingRules& rules) {
  return model::text_of(metadata, model::kMeshId) == rules.mesh_id;
}

bool is_left_out(const RemoteEntry& entry, const IncomingRules& rules) {
  const json::object& metadata = entry.instance.metadata;
  const json::object& of_node = entry.node.metadata;
  return !entry.instance.kind.empty() || is_built_in(entry.instance.service) ||
         is_ours(metadata, rules) || is_ours(of_node, rules) || model::is_synced(metadata) ||
         model::is_synced(of_node);
}

// Has the mesh it is of put it here by itself?
bool was_sent_here(const Instance& instance, const std::string& service, const View& view) {
  return std::ranges::any_of(view.instances_of(service), [&](const auto& row) {
    return model::is_sent_by_mesh(row->object.metadata) && !is_incoming(row->object) &&
           row->object.address == instance.address && row->object.port == instance.port;
  });
}

template <class T>
bool is_good(const T& object) {
  return model::validate(model::Object(object)).empty();
}

CheckState state_of(const Node& node, const ToldCheck& check) {
  CheckState state;
  state.node = node.name;
  state.check = check.id;
  return state;
}

CheckState state_of(const Instance& instance, const ToldCheck& check) {
  CheckState state;
  state.service = instance.service;
  state.instance = instance.id;
  state.check = check.id;
  return state;
}

// Is what these steps compare the same, rotation left to the operator?
template <class T>
bool is_same(const T& wanted, const T& there) {
  T as_there = wanted;
  as_there.enabled = there.enabled;
  as_there.disabled_reason = there.disabled_reason;
  return as_there == there;
}

// The steps towards one object; none when everything is as wanted.
template <class T>
StepGroup steps_towards(const Incoming<T>& wanted, const View& view, WallTime now) {
  StepGroup steps;
  const auto* row = view.find<T>(key_of(wanted.object));
  // A check that is put anew has lost what it said: everything is told again then.
  const bool is_put = row == nullptr || !is_same(wanted.object, row->object);
  if (is_put) {
    steps.emplace_back(model::Put{wanted.object, {}});
  }
  for (const ToldCheck& check : wanted.checks) {
    CheckState state = state_of(wanted.object, check);
    const auto* known = view.find<CheckState>(key_of(state));
    const bool has_status = known != nullptr && known->object.status == check.status;
    if (!is_put && has_status && known->object.output == check.output) {
      continue;
    }
    state.status = check.status;
    state.output = check.output;
    state.since = has_status ? known->object.since : now;
    steps.emplace_back(model::Put{std::move(state), {}});
  }
  return steps;
}

template <class T>
StepGroup removal(model::Table table, const T& object) {
  StepGroup group;
  group.emplace_back(model::Delete{table, key_of(object), model::Condition{}});
  return group;
}

// Does somebody else use it, or is it a process of this mesh by now?
bool is_used_by_others(const Node& node, const View& view) {
  return node.is_weft || std::ranges::any_of(view.instances_on(node.name), [](const auto& row) {
           return !is_incoming(row->object);
         });
}

template <class T>
model::Step stale_mark(const T& object, const std::string& since) {
  return model::Edit<T>{
      .key = key_of(object), .change = [since](T& known) -> base::Result<void> {
        if (is_incoming(known) && model::text_of(known.metadata, model::kStaleSince).empty()) {
          known.metadata.insert_or_assign(model::kStaleSince, since);
        }
        return {};
      }};
}

}  // namespace

bool is_built_in(std::string_view service) {
  return std::ranges::find(kBuiltIn, service) != kBuiltIn.end();
}

bool is_incoming(const Instance& instance) {
  return model::is_synced(instance.metadata) && instance.node.starts_with(kNodePrefix);
}

bool is_incoming(const Node& node) {
  return model::is_synced(node.metadata) && node.name.starts_with(kNodePrefix) && !node.is_weft;
}

IncomingSet make_incoming(const RemoteServices& services, const IncomingRules& rules,
                          const View& view) {
  IncomingSet out;
  for (const auto& [service, entries] : services) {
    for (const RemoteEntry& entry : entries) {
      if (is_left_out(entry, rules)) {
        continue;
      }
      Incoming<Instance> instance = incoming_instance(entry, rules.prefix);
      if (was_sent_here(instance.object, service, view)) {
        continue;
      }
      Incoming<Node> node = incoming_node(entry.node);
      if (!is_good(instance.object) || !is_good(node.object)) {
        out.refused.push_back(instance.object.id);
        continue;
      }
      out.nodes.insert_or_assign(node.object.name, std::move(node));
      std::string id = instance.object.id;
      out.instances.insert_or_assign(std::move(id), std::move(instance));
    }
  }
  return out;
}

std::vector<StepGroup> incoming_steps(const IncomingSet& wanted, const View& view, WallTime now) {
  std::vector<StepGroup> groups;
  const auto add = [&](StepGroup group) {
    if (!group.empty()) {
      groups.push_back(std::move(group));
    }
  };
  for (const auto& [name, node] : wanted.nodes) {
    const auto* row = view.find<Node>(name);
    if (row == nullptr || is_incoming(row->object) || !row->object.is_weft) {
      add(steps_towards(node, view, now));
    }
  }
  for (const auto& [id, instance] : wanted.instances) {
    add(steps_towards(instance, view, now));
  }
  for (const auto& row : view.all<Instance>()) {
    if (is_incoming(row->object) && !wanted.instances.contains(row->object.id)) {
      add(removal(model::Table::kInstances, row->object));
    }
  }
  for (const auto& row : view.all<Node>()) {
    if (is_incoming(row->object) && !wanted.nodes.contains(row->object.name) &&
        !is_used_by_others(row->object, view)) {
      add(removal(model::Table::kNodes, row->object));
    }
  }
  return groups;
}

std::vector<StepGroup> stale_steps(const View& view, WallTime since) {
  const std::string text = base::format_rfc3339(since);
  std::vector<StepGroup> groups;
  for (const auto& row : view.all<Instance>()) {
    if (is_incoming(row->object) &&
        model::text_of(row->object.metadata, model::kStaleSince).empty()) {
      StepGroup group;
      group.push_back(stale_mark(row->object, text));
      groups.push_back(std::move(group));
    }
  }
  return groups;
}

}  // namespace weft::sync
