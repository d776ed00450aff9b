#include "api/consul/catalog.h"

#include "api/consul/entries.h"
#include "api/consul/entry_members.h"
#include "api/consul/reading.h"
#include "api/consul/selection.h"

#include <map>
#include <set>

namespace weft::api::consul {
namespace {

using model::Table;
using model::View;
using state::Interest;

Interest of_nodes(const Question& /*question*/) { return Interest::of_table(Table::kNodes); }
Interest of_services(const Question& /*question*/) {
  return Interest::of_tables({Table::kServices, Table::kInstances, Table::kNodes});
}
Interest of_catalog_service(const Question& question) {
  return interest_of_service(question.path("service"));
}

Judged<Reply> datacenters(const Question& question, const View& /*view*/) {
  std::set<std::string_view> others;
  for (const WanPeer& peer : question.face.options.peers) {
    others.insert(peer.name);
  }
  others.erase(question.face.options.datacenter);
  json::array out{question.face.options.datacenter};  // the nearest first
  out.insert(out.end(), others.begin(), others.end());
  return Reply{.value = std::move(out)};
}

Judged<Reply> nodes(const Question& question, const View& view) {
  std::vector<NodeEntry> entries;
  for (const auto& row : view.all<model::Node>()) {
    const NodeEntry node = node_entry(question.face, *row);
    if (has_node_meta(question, node)) {
      entries.push_back(node);
    }
  }
  WEFT_TRY(entries, filtered<kNodeMembers>(question, std::move(entries)));
  return Reply{.value = encode_list<NodeEntry>(entries, encode)};
}

// Name -> the tags of its instances.
Judged<Reply> service_names(const Question& question, const View& view) {
  std::vector<ServiceEntry> entries;
  for (const auto& row : view.tables().instances_by_service) {
    entries.push_back(service_entry(question.face, view, row));
  }
  for (ServiceEntry& own : own_entries(question.face, view)) {
    entries.push_back(std::move(own));
  }
  WEFT_TRY(entries,
           filtered<kCatalogServiceMembers>(question, selected(question, std::move(entries))));
  std::map<std::string_view, std::set<std::string_view>> names;
  for (const ServiceEntry& entry : entries) {
    names[entry.instance().service].insert(entry.instance().tags.begin(),
                                           entry.instance().tags.end());
  }
  json::object out;
  for (const auto& [name, tags] : names) {
    out.emplace(name, json::array(tags.begin(), tags.end()));
  }
  return Reply{.value = std::move(out)};
}

Judged<Reply> catalog_service(const Question& question, const View& view) {
  auto on_nodes =
      selected(question, entries_of_service(question.face, view, question.path("service")));
  leave_out_hidden_nodes(*question.sight, on_nodes);
  WEFT_TRY(const auto entries, filtered<kCatalogServiceMembers>(question, std::move(on_nodes)));
  return Reply{.value = encode_list<ServiceEntry>(entries, encode_catalog)};
}

Judged<std::vector<ServiceEntry>> services_on(const Question& question, const View& view,
                                              const model::Row<model::Node>& node) {
  return filtered<kAgentServiceMembers>(question,
                                        entries_on_node(question.face, view, node.object.name));
}

// With CreateIndex and ModifyIndex, as health shows them.
json::object encode_on_node(const ServiceEntry& entry) {
  return encode_members<kHealthServiceMembers>(entry);
}

// Null: there is none, or none that may be seen.
const model::Row<model::Node>* asked_node(const Question& question, const View& view) {
  const auto* row = view.find<model::Node>(question.path("node"));
  return row != nullptr && question.sight->sees(AclResource::kNode, row->object.name) ? row
                                                                                      : nullptr;
}

Judged<Reply> catalog_node(const Question& question, const View& view) {
  const auto* row = asked_node(question, view);
  if (row == nullptr) {
    return Reply{};
  }
  WEFT_TRY(const auto entries, services_on(question, view, *row));
  json::object by_id;
  for (const ServiceEntry& entry : entries) {
    by_id.emplace(model::owner_id_of(entry.instance()), encode_on_node(entry));
  }
  return Reply{.value = json::object{{"Node", encode(node_entry(question.face, *row))},
                                     {"Services", std::move(by_id)}}};
}

Judged<Reply> node_services(const Question& question, const View& view) {
  const auto* row = asked_node(question, view);
  if (row == nullptr) {
    return Reply{.value = json::object{{"Node", nullptr}, {"Services", json::array()}}};
  }
  WEFT_TRY(const auto entries, services_on(question, view, *row));
  return Reply{.value =
                   json::object{{"Node", encode(node_entry(question.face, *row))},
                                {"Services", encode_list<ServiceEntry>(entries, encode_on_node)}}};
}

Judged<Reply> no_connect(const Question& /*question*/, const View& /*view*/) {
  return Reply{.value = json::array()};
}

constexpr Reading kDatacenters{nullptr, datacenters};
constexpr Reading kNodes{of_nodes, nodes, Keeps::kWhileUnchanged};
constexpr Reading kServiceNames{of_services, service_names, Keeps::kWhileUnchanged};
constexpr Reading kCatalogService{of_catalog_service, catalog_service, Keeps::kWhileUnchanged};
constexpr Reading kCatalogNode{of_services, catalog_node, Keeps::kWhileUnchanged};
constexpr Reading kNodeServices{of_services, node_services, Keeps::kWhileUnchanged};
constexpr Reading kConnect{of_catalog_service, no_connect};

}  // namespace

void add_catalog_routes(http::Router& router, const http::FaceStyle& style, const Face& face) {
  add_reading(router, style, face, "/v1/catalog/datacenters", kDatacenters);
  add_reading(router, style, face, "/v1/catalog/nodes", kNodes);
  add_reading(router, style, face, "/v1/catalog/services", kServiceNames);
  add_reading(router, style, face, "/v1/catalog/service/{service}", kCatalogService);
  add_reading(router, style, face, "/v1/catalog/node/{node}", kCatalogNode);
  add_reading(router, style, face, "/v1/catalog/node-services/{node}", kNodeServices);
  add_reading(router, style, face, "/v1/catalog/connect/{service}", kConnect);
  add_catalog_writes(router, style, face);
}

}  // namespace weft::api::consul
