// Snapshot: everything the data plane reads, compiled from a View. Intent goes down in these.
//
// A loop adopts a new one between requests; an exchange keeps the one it began with. Snapshots
// share what did not change: making the next one, and letting go of the last, costs as much as the
// change is large, however many routes and clusters there are.
#pragma once

#include "base/boxed.h"
#include "model/check.h"
#include "model/cluster_settings.h"
#include "model/labels.h"
#include "model/radix_map.h"
#include "model/route.h"
#include "model/row.h"
#include "model/view.h"

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
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
  bool is_local = false;         // in the zone of the node that compiled it
  base::Boxed<Labels> labels{};  // its version and tags; those of a cluster share equal ones

  // Taken out by hand: it gets no new requests, not even when nobody else is well.
  bool is_drained() const { return health == Health::kMaintenance; }
  std::span<const std::uint64_t> all_labels() const {
    return labels ? std::span<const std::uint64_t>(*labels) : std::span<const std::uint64_t>();
  }

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

using ClusterMap = RadixMap<std::shared_ptr<const Cluster>>;

// Whose a request is when several routes would take it: the least. Priority, longer path, age.
struct RouteOrder {
  std::uint32_t priority = 0;
  std::uint32_t shortness = 0;      // what the path lacks to the longest there may be
  std::uint64_t created_index = 0;  // Row::created_index
  std::uint32_t number = 0;         // Row::number, where rows have no index

  auto operator<=>(const RouteOrder&) const = default;
};
RouteOrder order_of(const Row<Route>& row);

// What one snapshot has otherwise than the one before it.
struct SnapshotChanges {
  // One of the two may be null: it is new, or it left.
  template <class T>
  struct Changed {
    std::shared_ptr<const T> before;
    std::shared_ptr<const T> after;
  };

  std::uint64_t since = 0;  // Snapshot::index of the one before
  std::vector<Changed<Cluster>> clusters;
  std::vector<Changed<Row<Route>>> routes;  // one that is not enabled is not there
};

// Thread: any (immutable once made).
struct Snapshot {
  std::uint64_t index = 0;                 // of the View it was compiled from
  ClusterMap clusters;                     // by service name
  TableMap<Route> routes;                  // those of the View: with the ones that are not enabled
  std::optional<SnapshotChanges> changes;  // null: everything may be another

  // Returns: null when there is no such service.
  const Cluster* find_cluster(std::string_view service) const;
  // Returns: null when they are not known.
  const SnapshotChanges* changes_since(const Snapshot& before) const;
};

// For who has no view: the routes get the numbers 1, 2, … and are as old as they stand there. Their
// ids differ, as do the services of the clusters.
std::shared_ptr<Snapshot> make_snapshot(std::vector<Cluster> clusters, std::vector<Route> routes);

}  // namespace weft::model
