#include "proxy/compile.h"

#include "base/check.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace weft::proxy {
namespace {

model::Endpoint endpoint_of(const model::View& view, const model::Row<model::Instance>& row,
                            std::string_view zone) {
  const model::Instance& instance = row.object;
  model::Endpoint endpoint;
  endpoint.number = row.number;
  endpoint.instance = instance.id;
  endpoint.address = instance.address;
  endpoint.port = static_cast<std::uint16_t>(instance.port);
  endpoint.weight = instance.weight;
  endpoint.health = view.health_of(instance);
  auto labels = model::make_labels(model::text_of(instance.metadata, "version"), instance.tags);
  if (!labels.empty()) {
    endpoint.labels = base::Boxed<model::Labels>(std::move(labels));
  }
  endpoint.is_local = !zone.empty() && model::text_of(instance.metadata, "zone") == zone;
  return endpoint;
}

// Null: no request can go there.
model::RowPtr<model::Route> if_enabled(const model::RowPtr<model::Route>& row) {
  return row != nullptr && row->object.enabled ? row : nullptr;
}

}  // namespace

std::shared_ptr<const model::Snapshot> SnapshotCompiler::compile_all(const model::View& view) {
  dirty_services_.clear();
  dirty_nodes_.clear();
  dirty_routes_.clear();
  every_service_dirty_ = false;
  auto next = std::make_shared<model::Snapshot>();
  next->index = view.index();
  for (const auto& row : view.all<model::Service>()) {
    next->clusters.put(row->object.name, compile_cluster(view, *row));
  }
  next->routes = view.all<model::Route>();
  last_ = next;
  return next;
}

void SnapshotCompiler::note(const model::Change& change) {
  if (change.table() == model::Table::kRoutes) {
    dirty_routes_.insert(change.key());
    return;
  }
  if (const std::string_view node = model::node_of(change.row()); !node.empty()) {
    dirty_nodes_.emplace(node);
    return;
  }
  for (const model::AnyRow* row : {&change.before, &change.after}) {
    if (!model::has_row(*row)) {
      continue;
    }
    const std::string_view service = model::service_of(*row);
    if (service == model::kEveryService) {
      every_service_dirty_ = true;
    } else if (!service.empty()) {
      dirty_services_.emplace(service);
    }
  }
}

std::shared_ptr<const model::Snapshot> SnapshotCompiler::compile(const model::View& view) {
  WEFT_ASSERT(last_ != nullptr);
  if (every_service_dirty_) {
    mark_every_service(view);
  }
  mark_services_on_nodes(view);
  auto next = std::make_shared<model::Snapshot>();
  next->index = view.index();
  next->clusters = last_->clusters;
  next->routes = view.all<model::Route>();
  model::SnapshotChanges changes;
  changes.since = last_->index;
  for (const std::string& service : dirty_services_) {
    compile_service(view, service, next->clusters, changes);
  }
  for (const std::string& id : dirty_routes_) {
    auto before = if_enabled(last_->routes.find_shared(id));
    auto after = if_enabled(next->routes.find_shared(id));
    if (before != after) {
      changes.routes.push_back({std::move(before), std::move(after)});
    }
  }
  dirty_services_.clear();
  dirty_routes_.clear();
  next->changes = std::move(changes);
  last_ = next;
  return next;
}

void SnapshotCompiler::mark_every_service(const model::View& view) {
  every_service_dirty_ = false;
  for (const auto& row : view.all<model::Service>()) {
    dirty_services_.insert(row->object.name);
  }
}

void SnapshotCompiler::mark_services_on_nodes(const model::View& view) {
  for (const std::string& node : dirty_nodes_) {
    for (const auto& row : view.instances_on(node)) {
      dirty_services_.insert(row->object.service);
    }
  }
  dirty_nodes_.clear();
}

void SnapshotCompiler::compile_service(const model::View& view, const std::string& service,
                                       model::ClusterMap& clusters,
                                       model::SnapshotChanges& changes) {
  const auto* known = clusters.find(service);
  const auto before = known != nullptr ? *known : nullptr;
  const model::Row<model::Service>* row = view.find<model::Service>(service);
  if (row == nullptr) {
    clusters.erase(service);
    if (before != nullptr) {
      changes.clusters.push_back({before, nullptr});
    }
    return;
  }
  auto after = compile_cluster(view, *row);
  if (before != nullptr && *before == *after) {
    return;  // nothing the data plane cares about
  }
  changes.clusters.push_back({before, after});
  clusters.put(service, std::move(after));
}

std::shared_ptr<const model::Cluster> SnapshotCompiler::compile_cluster(
    const model::View& view, const model::Row<model::Service>& row) {
  const std::string& service = row.object.name;
  auto cluster = std::make_shared<model::Cluster>();
  cluster->number = row.number;
  cluster->service = service;
  const auto* settings = view.find<model::ClusterSettings>(service);
  if (settings == nullptr) {
    settings = view.find<model::ClusterSettings>(model::kEveryService);
  }
  cluster->settings = settings != nullptr ? settings->object : defaults_;
  cluster->settings.service = service;
  std::vector<const model::Row<model::Instance>*> rows;
  for (const auto& instance : view.instances_of(service)) {
    if (model::is_port(instance->object.port) || instance->object.address.starts_with("unix:")) {
      rows.push_back(instance.get());
    }
  }
  // Registration order: strategies that cycle go by it (contract/sutazai.md §1.1).
  std::sort(rows.begin(), rows.end(), [](const auto* a, const auto* b) {
    return a->created_index != b->created_index ? a->created_index < b->created_index
                                                : a->number < b->number;
  });
  cluster->endpoints.reserve(rows.size());
  for (const auto* instance : rows) {
    model::Endpoint endpoint = endpoint_of(view, *instance, zone_);
    if (!cluster->endpoints.empty()) {
      endpoint.labels.share_with(cluster->endpoints.back().labels);
    }
    cluster->endpoints.push_back(std::move(endpoint));
  }
  return cluster;
}

}  // namespace weft::proxy
