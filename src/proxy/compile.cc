#include "proxy/compile.h"

#include <algorithm>

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
  endpoint.labels = model::make_labels(model::text_of(instance.metadata, "version"), instance.tags);
  endpoint.is_local = !zone.empty() && model::text_of(instance.metadata, "zone") == zone;
  return endpoint;
}

}  // namespace

std::shared_ptr<const model::Snapshot> SnapshotCompiler::compile_all(const model::View& view) {
  clusters_.clear();
  names_ = {};
  dirty_services_.clear();
  all_dirty_ = false;
  for (const auto& row : view.all<model::Service>()) {
    compile_service(view, row->object.name);
  }
  compile_routes(view);
  return assemble(view);
}

void SnapshotCompiler::note(const model::Change& change) {
  const model::Table table = change.table();
  if (table == model::Table::kRoutes) {
    routes_dirty_ = true;
    return;
  }
  for (const model::AnyRow* row : {&change.before, &change.after}) {
    if (!model::has_row(*row)) {
      continue;
    }
    const std::string_view service = model::service_of(*row);
    if (service == model::kEveryService) {
      all_dirty_ = true;
    } else if (!service.empty()) {
      dirty_services_.emplace(service, true);
    }
  }
}

std::shared_ptr<const model::Snapshot> SnapshotCompiler::compile(const model::View& view) {
  if (all_dirty_) {
    return compile_all(view);
  }
  for (const auto& [service, dirty] : dirty_services_) {
    compile_service(view, service);
  }
  dirty_services_.clear();
  if (routes_dirty_) {
    compile_routes(view);
  }
  return assemble(view);
}

void SnapshotCompiler::compile_service(const model::View& view, const std::string& service) {
  const auto known = clusters_.find(service);
  if (known != clusters_.end()) {
    forget(*known->second);
  }
  const model::Row<model::Service>* row = view.find<model::Service>(service);
  if (row == nullptr) {
    if (known != clusters_.end()) {
      clusters_.erase(known);
    }
    return;
  }
  auto cluster = std::make_shared<model::Cluster>();
  cluster->number = row->number;
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
  names_.services[row->number] = service;
  cluster->endpoints.reserve(rows.size());
  for (const auto* instance : rows) {
    cluster->endpoints.push_back(endpoint_of(view, *instance, zone_));
    names_.instances[instance->number] = instance->object.id;
  }
  if (known != clusters_.end() && *known->second == *cluster) {
    return;  // nothing the data plane cares about
  }
  clusters_[service] = std::move(cluster);
}

void SnapshotCompiler::forget(const model::Cluster& cluster) {
  names_.services.erase(cluster.number);
  for (const model::Endpoint& endpoint : cluster.endpoints) {
    names_.instances.erase(endpoint.number);
  }
}

void SnapshotCompiler::compile_routes(const model::View& view) {
  routes_dirty_ = false;
  routes_.clear();
  std::vector<const model::Row<model::Route>*> rows;
  for (const auto& row : view.all<model::Route>()) {
    if (row->object.enabled) {
      rows.push_back(row.get());
    }
  }
  std::sort(rows.begin(), rows.end(), [](const auto* a, const auto* b) {
    const model::Route& left = a->object;
    const model::Route& right = b->object;
    if (left.priority != right.priority) {
      return left.priority < right.priority;
    }
    if (left.path.size() != right.path.size()) {
      return left.path.size() > right.path.size();
    }
    return a->created_index < b->created_index;
  });
  for (const auto* row : rows) {
    routes_.push_back(
        std::make_shared<const model::RouteEntry>(model::RouteEntry{row->number, row->object}));
  }
}

std::shared_ptr<const model::Snapshot> SnapshotCompiler::assemble(const model::View& view) const {
  auto snapshot = std::make_shared<model::Snapshot>();
  snapshot->index = view.index();
  snapshot->clusters.reserve(clusters_.size());
  for (const auto& [service, cluster] : clusters_) {
    snapshot->clusters.push_back(cluster);
  }
  snapshot->routes = routes_;
  return snapshot;
}

}  // namespace weft::proxy
