#include "model/snapshot.h"

#include <algorithm>

namespace weft::model {

const Cluster* Snapshot::find_cluster(std::string_view service) const {
  const auto name_of = [](const std::shared_ptr<const Cluster>& cluster) -> std::string_view {
    return cluster->service;
  };
  const auto found = std::ranges::lower_bound(clusters, service, {}, name_of);
  return found != clusters.end() && (*found)->service == service ? found->get() : nullptr;
}

}  // namespace weft::model
