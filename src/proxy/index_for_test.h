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
  auto cluster = std::make_shared<model::Cluster>();
  cluster->number = 1;
  cluster->service = "web";
  cluster->settings = std::move(settings);
  for (const std::uint16_t port : ports) {
    cluster->endpoints.push_back(
        {port, "web-" + std::to_string(port), "127.0.0.1", port, 100, health});
  }
  auto route = std::make_shared<model::RouteEntry>();
  route->number = 1;
  route->route.id = "all";
  route->route.destinations.push_back({.service = "web"});
  auto snapshot = std::make_shared<model::Snapshot>();
  snapshot->clusters.push_back(std::move(cluster));
  snapshot->routes.push_back(std::move(route));
  return std::make_shared<RouteIndex>(std::move(snapshot));
}

}  // namespace weft::proxy
