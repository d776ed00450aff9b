// Message -> route. Compiled on the control loop, read by every loop.
#pragma once

#include "model/radix_map.h"
#include "model/snapshot.h"
#include "proxy/cluster_slots.h"
#include "proxy/compiled_route.h"
#include "wire/http1.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace weft::proxy {

// Where a request goes. Lifetime: as long as its RouteIndex.
struct RouteMatch {
  const CompiledRoute* route = nullptr;     // null: a service's own name or /svc/ path
  const model::Cluster* cluster = nullptr;  // null: the route has several destinations, or none
                                            // that exists
  const model::Labels* subset = nullptr;    // with `cluster`; null: all of its instances
  std::size_t strip_bytes = 0;              // of the path, before it goes to the backend
};

// Whom one destination of a route means. Lifetime: as long as its RouteIndex.
struct RouteTarget {
  const model::Cluster* cluster = nullptr;  // null: there is no such service
  const model::Labels* subset = nullptr;    // null: all of its instances
};

// Explicit routes in their order (RouteOrder), then every service under host `<name>.service.weft`
// and path `/svc/<name>/` (contract/README.md "Every service through the gateway").
//
// All routes lie in one map of texts, each under its hosts, read backwards, and then its path. So
// one walk down a request's host meets all wildcards above it, and one down its path meets all
// prefixes, however many routes there are; only regex routes of the same host are tried one by
// one. An index is made from the one before it and shares all that did not change. A route knows
// the slot of its cluster: a change of a cluster touches no route. Thread: any (immutable once
// made).
class RouteIndex final {
 public:
  explicit RouteIndex(std::shared_ptr<const model::Snapshot> snapshot);
  // The same from an index that is older, at the cost of what changed since.
  RouteIndex(const RouteIndex& before, std::shared_ptr<const model::Snapshot> snapshot);
  RouteIndex(const RouteIndex&) = delete;
  RouteIndex& operator=(const RouteIndex&) = delete;
  ~RouteIndex();

  // Returns: nullopt when no route and no service takes the request.
  std::optional<RouteMatch> match(const wire::RequestHead& head) const;

  const model::Snapshot& snapshot() const { return *snapshot_; }
  // Returns: the cluster of a service, or null.
  const model::Cluster* cluster(std::string_view service) const {
    return snapshot_->find_cluster(service);
  }
  // The same for who keeps it longer than the index.
  std::shared_ptr<const model::Cluster> shared_cluster(std::string_view service) const;
  // One destination of a route of this index, by its place among them.
  RouteTarget target(const CompiledRoute& route, std::size_t destination) const;

 private:
  void add_all();
  void add(const model::RowPtr<model::Route>& row);
  void remove(const model::Row<model::Route>& row);
  std::optional<RouteMatch> match_service(std::string_view host, std::string_view path) const;

  std::shared_ptr<const model::Snapshot> snapshot_;
  model::RadixMap<RoutesAt> routes_;  // by place_of()
  ClusterSlots slots_;  // of the services that are there, or that a route goes to alone
};

}  // namespace weft::proxy
