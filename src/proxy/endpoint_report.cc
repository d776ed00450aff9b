#include "proxy/endpoint_report.h"

#include <algorithm>

namespace weft::proxy {
namespace {

// Returns: nullopt when the cluster has no such endpoint.
std::optional<EndpointReport> report_endpoint(LoopCluster& cluster, std::uint32_t instance,
                                              base::MonoTime now) {
  const balance::Endpoint* endpoint = cluster.balance().find(instance);
  if (endpoint == nullptr) {
    return std::nullopt;
  }
  EndpointReport out;
  out.endpoint = {cluster.config().number, instance};
  out.active = endpoint->active;
  out.breaker = endpoint->breaker.state();
  out.is_ejected = endpoint->outlier.is_ejected(now);
  out.is_warming = endpoint->warm_up.ratio(cluster.balance().options().slow_start, now) < 1;
  out.attempts_total = endpoint->counters.attempts_total;
  out.failures_total = endpoint->counters.failures_total;
  if (const Backend* backend = cluster.backend(instance)) {
    out.idle_connections = static_cast<std::uint32_t>(backend->pool.idle());
    const http::IdleLearner& learner = backend->pool.learner();
    const base::Nanos known = std::min(learner.learned(), learner.announced());
    if (known != http::IdleLearner::kUnknown) {
      out.idle_timeout = known;
    }
  }
  return out;
}

}  // namespace

std::vector<EndpointReport> report_endpoints(const LoopClusters& clusters,
                                             std::span<const EndpointRef> asked,
                                             base::MonoTime now) {
  std::vector<EndpointReport> out;
  for (const EndpointRef& one : asked) {
    const auto found = clusters.find(one.service);
    if (found == clusters.end()) {
      continue;
    }
    if (const auto report = report_endpoint(*found->second, one.instance, now)) {
      out.push_back(*report);
    }
  }
  return out;
}

}  // namespace weft::proxy
