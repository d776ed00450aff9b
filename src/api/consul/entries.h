// What the answers of this face are made of: nodes, instances and checks with Consul's names.
// Source: contract/consul.md §2, §3, §4.
#pragma once

#include "api/consul/face.h"
#include "api/consul/members.h"
#include "model/view.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weft::api::consul {

// The indexes of a row as answers show them: never 0.
struct RowIndexes {
  std::uint64_t created = 1;
  std::uint64_t modified = 1;
};

// Lifetime of all entries: the view's, and the face's.
struct NodeEntry {
  const model::Node* node = nullptr;
  RowIndexes indexes;
  const Face* face = nullptr;
};

struct Weights {
  std::int64_t passing = 1;
  std::int64_t warning = 1;
};

// An instance where it is catalogued. `row` may be one of ours that no table has.
struct ServiceEntry {
  model::RowPtr<model::Instance> row;
  NodeEntry node;

  const model::Instance& instance() const { return row->object; }
};

struct CheckEntry {
  std::string_view node;
  std::string id;
  std::string name;
  std::string_view status;
  std::string_view notes;
  std::string output;
  const model::Instance* instance = nullptr;  // null: of the node
  std::string_view type;
  std::string interval;
  std::string timeout;
  const json::object* definition = nullptr;
  const model::CheckSpec* spec = nullptr;  // null: of the node itself, or of maintenance
  RowIndexes indexes;
};

struct HealthEntry {
  ServiceEntry service;
  std::vector<CheckEntry> checks;  // of the node, then of the instance
};

// The node an instance is on; ours when nobody said.
NodeEntry node_entry(const Face& face, const model::View& view, std::string_view name);
NodeEntry node_entry(const Face& face, const model::Row<model::Node>& row);
ServiceEntry service_entry(const Face& face, const model::View& view,
                           const model::RowPtr<model::Instance>& row);

// The instances of a service in the order of their ids, with ours of that name.
std::vector<ServiceEntry> entries_of_service(const Face& face, const model::View& view,
                                             std::string_view service);
// Those on a node.
std::vector<ServiceEntry> entries_on_node(const Face& face, const model::View& view,
                                          std::string_view node);
// Services every process of the mesh has by itself, as instances on their nodes: "consul", and one
// per listener. Source: contract/consul.md §3.
std::vector<ServiceEntry> own_entries(const Face& face, const model::View& view);
bool is_own_service(std::string_view service);

std::vector<CheckEntry> checks_of_node(const model::View& view, const NodeEntry& node);
std::vector<CheckEntry> checks_of_instance(const model::View& view, const ServiceEntry& service);
HealthEntry health_entry(const model::View& view, ServiceEntry service);

// "passing", "warning", "critical"; a check without a result is critical.
std::string_view status_name(model::CheckStatus status);
// The worst of them, "passing" for none; "maintenance" when one says so.
std::string_view worst_status(const std::vector<CheckEntry>& checks);
bool is_passing(const HealthEntry& entry);

Weights weights_of(const model::Instance& instance);
json::object tagged_addresses_of(const model::Node& node);

json::object encode(const NodeEntry& entry);
json::object encode_agent(const ServiceEntry& entry);
json::object encode_catalog(const ServiceEntry& entry);
json::object encode(const CheckEntry& entry);
json::object encode(const HealthEntry& entry);

// Where Consul's servers talk to one another; nobody listens there.
inline constexpr std::uint16_t kServerPort = 8300;

inline constexpr std::string_view kServiceMaintenance = "_service_maintenance";
inline constexpr std::string_view kNodeMaintenance = "_node_maintenance";

}  // namespace weft::api::consul
