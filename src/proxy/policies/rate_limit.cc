#include "proxy/policies/rate_limit.h"

#include "balance/hash.h"
#include "base/hash.h"

#include <unordered_set>

namespace weft::proxy {
namespace {

balance::RateLimiter make_limiter(const model::RateLimit& limit) {
  const std::uint32_t burst = limit.burst == 0 ? limit.requests : limit.burst;
  return balance::RateLimiter(balance::Gcra(limit.requests, limit.period, burst));
}

bool is_limited(const model::Route* route) {
  return route != nullptr && route->policies && route->policies->rate_limit;
}

}  // namespace

std::uint64_t rate_limit_key(const model::RateLimit& limit, const wire::RequestHead& head,
                             const base::IpAddress& client, std::uint64_t seed) {
  if (limit.key == model::RateLimitKey::kEveryone) {
    return 0;
  }
  if (limit.key == model::RateLimitKey::kHeader) {
    if (const wire::Header* field = head.headers.find(limit.header)) {
      return base::hash64(field->value, seed);
    }
  }
  return balance::mix(balance::hash_client(client) ^ seed);
}

std::uint64_t retry_after_seconds(base::Nanos wait) {
  constexpr base::Nanos kSecond = base::Seconds(1);
  const auto whole = (wait + kSecond - base::Nanos(1)) / kSecond;
  return whole < 1 ? 1 : static_cast<std::uint64_t>(whole);
}

void RouteRates::follow(std::uint32_t number, const model::Route* now) {
  if (!is_limited(now)) {
    routes_.erase(number);
  }
}

void RouteRates::sweep(const model::Snapshot& snapshot) {
  if (routes_.empty()) {
    return;
  }
  std::unordered_set<std::uint32_t> limited;
  for (const auto& row : snapshot.routes) {
    if (row->object.enabled && is_limited(&row->object)) {
      limited.insert(row->number);
    }
  }
  std::erase_if(routes_, [&](const auto& route) { return !limited.contains(route.first); });
}

balance::RateLimiter::Verdict RouteRates::take(std::uint32_t number, const model::RateLimit& limit,
                                               const wire::RequestHead& head,
                                               const base::IpAddress& client, base::MonoTime now) {
  std::unique_ptr<Route>& route = routes_[number];
  if (route == nullptr || route->limit != limit) {
    route = std::make_unique<Route>(Route{limit, make_limiter(limit)});
  }
  return route->limiter.take(rate_limit_key(limit, head, client, seed_), now);
}

}  // namespace weft::proxy
