#include "api/consul/entries.h"

#include "api/consul/entry_members.h"
#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace weft::api::consul {
namespace {

using model::CheckKind;
using model::CheckStatus;
using model::Instance;
using model::Node;
using model::Row;
using model::RowPtr;
using model::View;

template <class T>
RowIndexes indexes_of(const Row<T>& row) {
  return {std::max<std::uint64_t>(row.created_index, 1),
          std::max<std::uint64_t>(row.modified_index, 1)};
}

// The services a process has by itself, by the role of their listener.
struct OwnService {
  std::string_view role;
  std::string_view service;
};
constexpr OwnService kOwnServices[] = {{"proxy", "weft-gateway"},
                                       {"control", "weft-admin"},
                                       {"amqp", "weft-bus"},
                                       {"monitor", "weft-monitor"}};

ServiceEntry own_entry(const NodeEntry& node, std::string_view service, std::string_view address,
                       std::uint32_t port) {
  auto row = std::make_shared<Row<Instance>>();
  row->object.id = service;
  row->object.service = service;
  row->object.address = address;
  row->object.port = port;
  row->object.node = node.node->name;
  row->created_index = node.indexes.created;
  row->modified_index = node.indexes.modified;
  return {std::move(row), node};
}

std::string_view type_name(CheckKind kind) {
  switch (kind) {
    case CheckKind::kHttp:
      return "http";
    case CheckKind::kTcp:
      return "tcp";
    case CheckKind::kTtl:
      return "ttl";
    case CheckKind::kUdp:
      return "udp";
    case CheckKind::kGrpc:
      return "grpc";
    case CheckKind::kH2ping:
      return "h2ping";
    case CheckKind::kAlias:
      return "alias";
    case CheckKind::kScript:
      return "script";
    case CheckKind::kDocker:
      return "docker";
    case CheckKind::kTold:
      return "";
  }
  return "";
}

std::string name_of(const model::CheckSpec& spec, const Instance* instance) {
  const std::string& given = model::details_of(spec).name;
  if (!given.empty()) {
    return given;
  }
  return instance != nullptr ? fmt::format("Service '{}' check", instance->service) : spec.id;
}

CheckEntry check_entry(std::string_view node, const model::CheckSpec& spec,
                       const Instance* instance) {
  CheckEntry out;
  out.node = node;
  out.id = spec.id;
  out.name = name_of(spec, instance);
  out.notes = model::details_of(spec).notes;
  out.instance = instance;
  out.type = type_name(spec.kind);
  if (model::is_probed(spec.kind)) {
    out.interval = base::format_duration(spec.interval);
    out.timeout = base::format_duration(spec.timeout);
  }
  out.definition = &model::details_of(spec).definition;
  out.spec = &spec;
  return out;
}

void add_state(CheckEntry& entry, const model::CheckSpec& spec, const Row<model::CheckState>* row,
               const RowIndexes& owner) {
  entry.status = status_name(row != nullptr ? row->object.status : spec.initial);
  entry.output = row != nullptr ? row->object.output : std::string();
  entry.indexes = row != nullptr ? indexes_of(*row) : owner;
}

CheckEntry maintenance_check(std::string_view node, const Instance* instance,
                             const std::string& reason, const RowIndexes& indexes) {
  const bool is_service = instance != nullptr;
  CheckEntry out;
  out.node = node;
  out.id = is_service ? fmt::format("{}:{}", kServiceMaintenance, model::owner_id_of(*instance))
                      : std::string(kNodeMaintenance);
  out.name = is_service ? "Service Maintenance Mode" : "Node Maintenance Mode";
  out.status = "critical";
  out.notes = !reason.empty() ? std::string_view(reason)
              : is_service
                  ? "Maintenance mode is enabled for this service, but no reason was provided. "
                    "This is a default message."
                  : "Maintenance mode is enabled for this node, but no reason was provided. "
                    "This is a default message.";
  out.instance = instance;
  out.type = "maintenance";
  out.indexes = indexes;
  return out;
}

}  // namespace

const json::object& service_addresses_of(const Instance& instance) {
  static const json::object kNone;
  // NOLINTNEXTLINE(clang-analyzer-core.uninitialized.UndefReturn): it takes the box for empty.
  return instance.details ? instance.details->tagged_addresses : kNone;
}

bool tags_may_change(const Instance& instance) {
  return instance.details && instance.details->tags_may_change;
}

std::string_view service_id_of(const CheckEntry& check) {
  return check.instance != nullptr ? std::string_view(model::owner_id_of(*check.instance))
                                   : std::string_view();
}

std::string_view service_name_of(const CheckEntry& check) {
  return check.instance != nullptr ? std::string_view(check.instance->service) : std::string_view();
}

const std::vector<std::string>& service_tags_of(const CheckEntry& check) {
  static const std::vector<std::string> kNone;
  return check.instance != nullptr ? check.instance->tags : kNone;
}

const json::object& definition_of(const CheckEntry& check) {
  static const json::object kNone;
  return check.definition != nullptr ? *check.definition : kNone;
}

NodeEntry node_entry(const Face& face, const Row<Node>& row) {
  return {&row.object, indexes_of(row), &face};
}

NodeEntry node_entry(const Face& face, const View& view, std::string_view name) {
  const Row<Node>* row = name.empty() ? nullptr : view.find<Node>(name);
  if (row == nullptr) {
    row = view.find<Node>(face.own_node());
  }
  static const Node kUnknown;  // while a node starts, before it has written itself down
  return row != nullptr ? node_entry(face, *row) : NodeEntry{&kUnknown, {}, &face};
}

ServiceEntry service_entry(const Face& face, const View& view, const RowPtr<Instance>& row) {
  return {row, node_entry(face, view, row->object.node)};
}

bool is_own_service(std::string_view service) {
  return service == "consul" || std::ranges::any_of(kOwnServices, [&](const OwnService& own) {
           return own.service == service;
         });
}

std::vector<ServiceEntry> own_entries(const Face& face, const View& view) {
  std::vector<ServiceEntry> out;
  for (const RowPtr<Node>& row : view.all<Node>()) {
    if (!row->object.is_weft_alive()) {
      continue;
    }
    const NodeEntry node = node_entry(face, *row);
    out.push_back(own_entry(node, "consul", "", kServerPort));
    for (const OwnService& own : kOwnServices) {
      const auto* list = row->object.listeners.if_contains(own.role);
      if (list == nullptr || !list->is_array() || list->get_array().empty() ||
          !list->get_array().front().is_string()) {
        continue;
      }
      const auto at = base::parse_host_port(list->get_array().front().get_string());
      if (at) {
        out.push_back(own_entry(node, own.service, at->host, at->port));
      }
    }
  }
  return out;
}

std::vector<ServiceEntry> entries_of_service(const Face& face, const View& view,
                                             std::string_view service) {
  std::vector<ServiceEntry> out;
  for (const RowPtr<Instance>& row : view.instances_of(service)) {
    out.push_back(service_entry(face, view, row));
  }
  if (is_own_service(service)) {
    for (ServiceEntry& own : own_entries(face, view)) {
      if (own.instance().service == service) {
        out.push_back(std::move(own));
      }
    }
  }
  return out;
}

std::vector<ServiceEntry> entries_on_node(const Face& face, const View& view,
                                          std::string_view node) {
  std::vector<ServiceEntry> out;
  for (const RowPtr<Instance>& row : view.instances_on(node)) {
    out.push_back(service_entry(face, view, row));
  }
  for (ServiceEntry& own : own_entries(face, view)) {
    if (own.node.node->name == node) {
      out.push_back(std::move(own));
    }
  }
  return out;
}

std::vector<CheckEntry> checks_of_node(const View& view, const NodeEntry& node) {
  std::vector<CheckEntry> out;
  // One that has failed has no such check: its instances are as well as their own checks say, which
  // other nodes look after now.
  if (node.node->is_weft_alive()) {
    CheckEntry alive;
    alive.node = node.node->name;
    alive.id = model::kAliveCheck;
    alive.name = "Serf Health Status";
    alive.status = "passing";
    alive.output = "Agent alive and reachable";
    alive.indexes = node.indexes;
    out.push_back(std::move(alive));
  }
  if (!node.node->enabled) {
    out.push_back(
        maintenance_check(node.node->name, nullptr, node.node->disabled_reason, node.indexes));
  }
  for (const model::CheckSpec& spec : node.node->checks) {
    CheckEntry entry = check_entry(node.node->name, spec, nullptr);
    add_state(entry, spec, view.all<model::CheckState>().find({node.node->name, {}, spec.id}),
              node.indexes);
    out.push_back(std::move(entry));
  }
  return out;
}

std::vector<CheckEntry> checks_of_instance(const View& view, const ServiceEntry& service) {
  const Instance& instance = service.instance();
  const RowIndexes indexes = indexes_of(*service.row);
  std::vector<CheckEntry> out;
  if (!instance.enabled) {
    out.push_back(
        maintenance_check(service.node.node->name, &instance, instance.disabled_reason, indexes));
  }
  for (const model::CheckSpec& spec : instance.checks) {
    CheckEntry entry = check_entry(service.node.node->name, spec, &instance);
    add_state(entry, spec, view.all<model::CheckState>().find({{}, instance.id, spec.id}), indexes);
    out.push_back(std::move(entry));
  }
  return out;
}

HealthEntry health_entry(const View& view, ServiceEntry service) {
  HealthEntry out;
  out.checks = checks_of_node(view, service.node);
  for (CheckEntry& check : checks_of_instance(view, service)) {
    out.checks.push_back(std::move(check));
  }
  out.service = std::move(service);
  return out;
}

std::string_view status_name(CheckStatus status) {
  switch (status) {
    case CheckStatus::kPassing:
      return "passing";
    case CheckStatus::kWarning:
      return "warning";
    case CheckStatus::kNone:
    case CheckStatus::kCritical:
      break;
  }
  return "critical";
}

std::string_view worst_status(const std::vector<CheckEntry>& checks) {
  const auto has = [&](auto matches) { return std::ranges::any_of(checks, matches); };
  if (has([](const CheckEntry& c) { return c.type == "maintenance"; })) {
    return "maintenance";
  }
  for (const std::string_view status : {"critical", "warning"}) {
    if (has([status](const CheckEntry& c) { return c.status == status; })) {
      return status;
    }
  }
  return "passing";
}

bool is_passing(const HealthEntry& entry) {
  return std::ranges::all_of(entry.checks,
                             [](const CheckEntry& check) { return check.status == "passing"; });
}

Weights weights_of(const Instance& instance) {
  const auto warning = instance.details ? instance.details->weight_warning : std::nullopt;
  if (!warning && instance.weight == Instance::kWeightUsual) {
    return {};  // README.md: nobody said
  }
  return {instance.weight, warning.value_or(1)};
}

json::object tagged_addresses_of(const Node& node) {
  json::object out = node.tagged_addresses;
  for (const char* name : {"lan", "wan"}) {
    if (!out.contains(name)) {
      out.emplace(name, node.address);
    }
  }
  return out;
}

json::object encode(const NodeEntry& entry) { return encode_members<kNodeMembers>(entry); }
json::object encode_agent(const ServiceEntry& entry) {
  return encode_members<kAgentServiceMembers>(entry);
}
json::object encode_catalog(const ServiceEntry& entry) {
  return encode_members<kCatalogServiceMembers>(entry);
}
json::object encode(const CheckEntry& entry) { return encode_members<kCheckMembers>(entry); }
json::object encode(const HealthEntry& entry) { return encode_members<kHealthMembers>(entry); }

}  // namespace weft::api::consul
