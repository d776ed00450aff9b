// Message -> route. Compiled once per snapshot on the control loop, read by every loop.
#pragma once

#include "base/hash.h"
#include "model/snapshot.h"
#include "proxy/policies/policies.h"
#include "wire/http1.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace weft::proxy {

// Where a request goes. Lifetime: as long as its RouteIndex.
struct RouteMatch {
  const model::RouteEntry* route = nullptr;    // null: a service's own name or /svc/ path
  const model::Cluster* cluster = nullptr;     // null: the route has several destinations, or none
                                               // that exists
  std::size_t strip_bytes = 0;                 // of the path, before it goes to the backend
  const model::Labels* subset = nullptr;       // with `cluster`; null: all of its instances
  const CompiledPolicies* policies = nullptr;  // of the route; null: none
};

// Whom one destination of a route means. Lifetime: as long as its RouteIndex.
struct RouteTarget {
  const model::Cluster* cluster = nullptr;  // null: there is no such service
  const model::Labels* subset = nullptr;    // null: all of its instances
};

template <class Value>
using TextMap = std::unordered_map<std::string, Value, base::TextHash, std::equal_to<>>;

// Explicit routes in their order (priority, longer path, age), then every service under host
// `<name>.service.weft` and path `/svc/<name>/` (contract/README.md "Every service through the
// gateway"). Matching costs a hash probe per distinct prefix length of the host's routes, not one
// step per route; only regex routes are walked.
// Thread: any (immutable once made).
class RouteIndex final {
 public:
  explicit RouteIndex(std::shared_ptr<const model::Snapshot> snapshot);
  RouteIndex(const RouteIndex&) = delete;
  RouteIndex& operator=(const RouteIndex&) = delete;
  ~RouteIndex();

  // Returns: nullopt when no route and no service takes the request.
  std::optional<RouteMatch> match(const wire::RequestHead& head) const;

  const model::Snapshot& snapshot() const { return *snapshot_; }
  // Returns: the cluster of a service, or null.
  const model::Cluster* cluster(std::string_view service) const;
  // `destination` is one of a route of this snapshot.
  RouteTarget target(const model::Destination& destination) const;

 private:
  struct Compiled;
  struct Bucket;

  void add(const model::RouteEntry& entry);
  void add_subsets(const model::Route& route);
  Bucket& bucket_for(const std::string& host);
  const Compiled* best_in(const Bucket& bucket, const wire::RequestHead& head,
                          const Compiled* best) const;
  std::optional<RouteMatch> match_service(std::string_view host, std::string_view path) const;

  std::shared_ptr<const model::Snapshot> snapshot_;
  std::vector<std::unique_ptr<Compiled>> routes_;
  TextMap<std::unique_ptr<Bucket>> by_host_;
  TextMap<std::unique_ptr<Bucket>> by_host_suffix_;  // "*.example" under ".example"
  std::unique_ptr<Bucket> any_host_;
  TextMap<const model::Cluster*> clusters_;
  std::unordered_map<const model::Destination*, model::Labels> subsets_;  // of those that have one
};

}  // namespace weft::proxy
