// Snapshot: everything the data plane reads, compiled from a View. Intent goes down in these.
//
// A loop adopts a new one between requests; an exchange keeps the one it began with. Clusters are
// shared between snapshots as long as nothing about them changed.
#pragma once

#include "model/check.h"
#include "model/cluster_settings.h"
#include "model/labels.h"
#include "model/route.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weft::model {

// An instance as the data plane sees it.
struct Endpoint {
  std::uint32_t number = 0;  // Row::number of the instance: stable, never given to another
  std::string instance;
  std::string address;  // an IP or a host name
  std::uint16_t port = 0;
  std::uint16_t weight = 100;
  Health health = Health::kNone;
  bool is_local = false;  // in the zone of the node that compiled it
  Labels labels{};        // its version and tags

  // Taken out by hand: it gets no new requests, not even when nobody else is well.
  bool is_drained() const { return health == Health::kMaintenance; }

  bool operator==(const Endpoint&) const = default;
};

// A service as the data plane sees it.
struct Cluster {
  std::uint32_t number = 0;  // Row::number of the service: stable, never given to another
  std::string service;
  ClusterSettings settings;
  std::vector<Endpoint> endpoints;  // in registration order

  bool operator==(const Cluster&) const = default;
};

struct RouteEntry {
  std::uint32_t number = 0;  // Row::number of the route
  Route route;

  bool operator==(const RouteEntry&) const = default;
};

// Thread: any (immutable once made).
struct Snapshot {
  std::uint64_t index = 0;                               // of the View it was compiled from
  std::vector<std::shared_ptr<const Cluster>> clusters;  // by service name, ascending
  // Enabled ones, the first that matches wins: by priority, longer path, age.
  std::vector<std::shared_ptr<const RouteEntry>> routes;

  // Returns: null when there is no such service.
  const Cluster* find_cluster(std::string_view service) const;
};

}  // namespace weft::model
