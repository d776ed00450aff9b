#include "sync/outgoing.h"

#include "base/text.h"
#include "model/origin.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace weft::sync {
namespace {

using model::Health;
using model::Instance;
using model::View;

// Source: contract/consul.md §2.1; Consul: "consul-" is reserved for itself. The marks have room.
constexpr std::size_t kOutgoingPairsMax = 60;
constexpr std::size_t kOutgoingKeyBytesMax = 128;
constexpr std::size_t kOutgoingValueBytesMax = 512;

constexpr std::string_view kCheckPrefix = "weft:";

bool is_consul_key(std::string_view key) {
  return !key.empty() && key.size() <= kOutgoingKeyBytesMax && !key.starts_with("consul-") &&
         std::ranges::all_of(key, [](char c) {
           const char lower = base::ascii_lower(c);
           return base::is_digit(c) || (lower >= 'a' && lower <= 'z') || c == '_' || c == '-';
         });
}

std::map<std::string, std::string, std::less<>> metadata_of(const Instance& instance,
                                                            const OutgoingRules& rules) {
  std::map<std::string, std::string, std::less<>> out;
  for (const auto& entry : instance.metadata) {
    const std::string_view key = entry.key();
    const json::value& value = entry.value();
    std::string text = value.is_string()      ? std::string(value.get_string())
                       : value.is_primitive() ? base::write_json(value)
                                              : std::string();
    const bool has_room = out.size() < kOutgoingPairsMax && text.size() <= kOutgoingValueBytesMax;
    if (has_room && is_consul_key(key) && (value.is_string() || value.is_primitive())) {
      out.emplace(key, std::move(text));
    }
  }
  out.insert_or_assign(std::string(model::kExternalSource), "weft");
  out.insert_or_assign(std::string(model::kMeshId), rules.mesh_id);
  return out;
}

std::string check_id_of(const std::string& instance) {
  return std::string(kCheckPrefix) + instance;
}

// What the checks that are not well say, a line each.
std::string words_of(const View& view, const Instance& instance) {
  std::string out;
  const auto add = [&](std::string_view id, const model::CheckState* state) {
    if (state != nullptr && state->status != model::CheckStatus::kPassing) {
      out += out.empty() ? "" : "\n";
      out += base::concat({id, ": ", state->output});
    }
  };
  for (const model::CheckSpec& spec : instance.checks) {
    add(spec.id, view.check_state(instance, spec));
  }
  if (const auto* node = view.find<model::Node>(instance.node)) {
    for (const model::CheckSpec& spec : node->object.checks) {
      add(spec.id, view.check_state(node->object, spec));
    }
  }
  return out;
}

// One check for all that weft knows. chosen: what is never picked here is picked nowhere.
void set_health(const View& view, const Instance& instance, OutgoingEntry& out) {
  out.status = model::CheckStatus::kCritical;
  switch (view.health_of(instance)) {
    case Health::kPassing:
      out.status = model::CheckStatus::kPassing;
      break;
    case Health::kWarning:
      out.status = model::CheckStatus::kWarning;
      out.output = words_of(view, instance);
      break;
    case Health::kNone:
      out.output = "no result yet";
      break;
    case Health::kCritical:
    case Health::kNoAnswer:
      out.output = words_of(view, instance);
      break;
    case Health::kMaintenance:
      out.output = base::concat({"maintenance: ", instance.disabled_reason});
      break;
  }
  if (instance.weight == 0) {
    out.status = model::CheckStatus::kCritical;
    out.output = "weighs nothing: it is not picked";
  }
  out.output = cut_text(out.output, model::CheckState::kOutputBytesMax);
}

void set_outgoing_weights(const Instance& instance, OutgoingEntry& out) {
  const auto warning = instance.details ? instance.details->weight_warning : std::nullopt;
  if (warning || instance.weight != Instance::kWeightUsual) {
    out.weight_passing = std::max<std::int64_t>(instance.weight, 1);
    out.weight_warning = warning.value_or(1);
  }
}

OutgoingEntry outgoing_entry(const View& view, const Instance& instance,
                             const OutgoingRules& rules) {
  OutgoingEntry out;
  out.id = instance.id;
  out.service = instance.service;
  out.address = instance.address;
  if (const auto* node = view.find<model::Node>(instance.node); node && out.address.empty()) {
    out.address = node->object.address;
  }
  if (out.address.empty()) {
    out.address = rules.own_address;
  }
  out.port = instance.port;
  out.tags = instance.tags;
  out.metadata = metadata_of(instance, rules);
  set_outgoing_weights(instance, out);
  set_health(view, instance, out);
  return out;
}

OutgoingEntry entry_there(const RemoteInstance& instance) {
  OutgoingEntry out;
  out.id = instance.id;
  out.service = instance.service;
  out.address = instance.address;
  out.port = instance.port;
  out.weight_passing = instance.weight_passing;
  out.weight_warning = instance.weight_warning;
  out.tags = instance.tags;
  for (const auto& entry : instance.metadata) {
    out.metadata.emplace(entry.key(), std::string(entry.value().get_string()));
  }
  out.output = "it has no check";  // unlike any that is wanted, until one is found
  return out;
}

json::object node_body(const OutgoingRules& rules) {
  return {{"Node", outgoing_node_name(rules)},
          {"ID", rules.mesh_id},
          {"Address", rules.own_address},
          {"NodeMeta", json::object{{model::kExternalSource, "weft"},
                                    {model::kMeshId, rules.mesh_id},
                                    {model::kMeshName, cut_text(rules.mesh_name, 128)},
                                    {"external-probe", "false"}}}};
}

}  // namespace

std::string outgoing_node_name(const OutgoingRules& rules) {
  return "weft-sync-" + rules.mesh_id.substr(0, 8);
}

OutgoingSet make_outgoing(const View& view, const OutgoingRules& rules) {
  OutgoingSet out;
  for (const auto& row : view.all<Instance>()) {
    const Instance& instance = row->object;
    if (!model::is_synced(instance.metadata) && !model::is_sent_by_mesh(instance.metadata)) {
      out.emplace(instance.id, outgoing_entry(view, instance, rules));
    }
  }
  return out;
}

OutgoingThere read_outgoing(const NodeAnswer& node, const std::vector<OwnedCheck>& checks) {
  OutgoingThere out;
  out.has_node = node.exists;
  for (const RemoteInstance& instance : node.instances) {
    out.entries.emplace(instance.id, entry_there(instance));
  }
  for (const OwnedCheck& one : checks) {
    const auto entry = out.entries.find(one.instance);
    if (entry != out.entries.end() && one.check.id == check_id_of(one.instance)) {
      entry->second.status = one.check.status;
      entry->second.output = one.check.output;
    } else if (!one.check.id.starts_with('_')) {  // those are maintenance, of another weft
      out.stray_checks.push_back(one.check.id);
    }
  }
  return out;
}

json::object register_body(const OutgoingEntry& entry, const OutgoingRules& rules) {
  json::object body = node_body(rules);
  json::object metadata;
  for (const auto& [key, text] : entry.metadata) {
    metadata.emplace(key, text);
  }
  body["Service"] = json::object{{"ID", entry.id},
                                 {"Service", entry.service},
                                 {"Address", entry.address},
                                 {"Port", entry.port},
                                 {"Tags", json::array(entry.tags.begin(), entry.tags.end())},
                                 {"Meta", std::move(metadata)}};
  // Another weft takes weights that are named as they are, and 1 is little there.
  if (entry.weight_passing != 1 || entry.weight_warning != 1) {
    body["Service"].get_object()["Weights"] =
        json::object{{"Passing", entry.weight_passing}, {"Warning", entry.weight_warning}};
  }
  body["Check"] = json::object{{"Node", outgoing_node_name(rules)},
                               {"CheckID", check_id_of(entry.id)},
                               {"Name", "Health as weft sees it"},
                               {"Status", status_text(entry.status)},
                               {"ServiceID", entry.id},
                               {"ServiceName", entry.service},
                               {"Output", entry.output}};
  return body;
}

json::object deregister_body(const OutgoingRules& rules, const std::string& instance) {
  return {{"Node", outgoing_node_name(rules)}, {"ServiceID", instance}};
}

json::object deregister_check_body(const OutgoingRules& rules, const std::string& check) {
  return {{"Node", outgoing_node_name(rules)}, {"CheckID", check}};
}

json::object deregister_node_body(const OutgoingRules& rules) {
  return {{"Node", outgoing_node_name(rules)}};
}

}  // namespace weft::sync
