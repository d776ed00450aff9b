#include "model/snapshot.h"

#include <limits>
#include <utility>

namespace weft::model {

RouteOrder order_of(const Row<Route>& row) {
  const Route& route = row.object;
  return {route.priority,
          std::numeric_limits<std::uint32_t>::max() - static_cast<std::uint32_t>(route.path.size()),
          row.created_index, row.number};
}

const Cluster* Snapshot::find_cluster(std::string_view service) const {
  const auto* found = clusters.find(service);
  return found != nullptr ? found->get() : nullptr;
}

const SnapshotChanges* Snapshot::changes_since(const Snapshot& before) const {
  return changes && changes->since == before.index ? &*changes : nullptr;
}

std::shared_ptr<Snapshot> make_snapshot(std::vector<Cluster> clusters, std::vector<Route> routes) {
  auto snapshot = std::make_shared<Snapshot>();
  for (Cluster& cluster : clusters) {
    auto made = std::make_shared<const Cluster>(std::move(cluster));
    snapshot->clusters.put(made->service, made);
  }
  TableMap<Route>::Editor editor;
  std::uint32_t number = 0;
  for (Route& route : routes) {
    ++number;
    editor.put(
        std::make_shared<const Row<Route>>(Row<Route>{std::move(route), number, number, number}));
  }
  snapshot->routes = editor.freeze();
  return snapshot;
}

}  // namespace weft::model
