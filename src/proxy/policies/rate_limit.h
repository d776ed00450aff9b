// How often the requests of a route may come: the key of one, and the buckets of a loop.
#pragma once

#include "balance/rate_limiter.h"
#include "base/address.h"
#include "base/time.h"
#include "model/route_policies.h"
#include "model/snapshot.h"
#include "wire/http1.h"

#include <cstdint>
#include <memory>
#include <unordered_map>

namespace weft::proxy {

// What tells the buckets apart, as a hash; `seed` is secret, because clients choose the text.
std::uint64_t rate_limit_key(const model::RateLimit& limit, const wire::RequestHead& head,
                             const base::IpAddress& client, std::uint64_t seed);

// Whole seconds for Retry-After, at least one.
std::uint64_t retry_after_seconds(base::Nanos wait);

// The buckets of every limited route on one loop. They outlive a snapshot that leaves the limit of
// their route as it is. Thread: its loop.
class RouteRates final {
 public:
  explicit RouteRates(std::uint64_t seed) : seed_(seed) {}

  // Takes one request of the route `number`.
  balance::RateLimiter::Verdict take(std::uint32_t number, const model::RateLimit& limit,
                                     const wire::RequestHead& head, const base::IpAddress& client,
                                     base::MonoTime now);
  // The route `number` has changed; null: it left. Without a limit its buckets are let go.
  void follow(std::uint32_t number, const model::Route* now);
  // The same for all routes, when nobody says which have changed.
  void sweep(const model::Snapshot& snapshot);

 private:
  struct Route {
    model::RateLimit limit;
    balance::RateLimiter limiter;
  };

  const std::uint64_t seed_;
  std::unordered_map<std::uint32_t, std::unique_ptr<Route>> routes_;
};

}  // namespace weft::proxy
