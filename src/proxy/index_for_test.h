// Route indexes for tests that have no control plane.
#pragma once

#include "model/snapshot.h"
#include "proxy/route_index.h"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace weft::proxy {

// One cluster "web", number 1, with an endpoint 127.0.0.1 for each of `ports`, under every path.
inline std::shared_ptr<const RouteIndex> index_of_web(
    const std::vector<std::uint16_t>& ports, model::ClusterSettings settings = {},
    model::Health health = model::Health::kPassing) {
  model::Cluster cluster;
  cluster.number = 1;
  cluster.service = "web";
  cluster.settings = std::move(settings);
  for (const std::uint16_t port : ports) {
    cluster.endpoints.push_back(
        {port, "web-" + std::to_string(port), "127.0.0.1", port, 100, health});
  }
  model::Route route;
  route.id = "all";
  route.destinations.push_back({.service = "web"});
  return std::make_shared<RouteIndex>(
      model::make_snapshot({std::move(cluster)}, {std::move(route)}));
}

}  // namespace weft::proxy
