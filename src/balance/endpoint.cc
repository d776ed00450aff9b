#include "balance/endpoint.h"

#include "balance/hash.h"

namespace weft::balance {

Endpoint::Endpoint(const EndpointSpec& spec, const ClusterOptions& options, ClusterUsage& usage)
    : id(spec.id),
      weight(spec.weight),
      health(spec.health),
      latency(options.latency),
      breaker(options.breaker),
      outlier(options.outlier),
      limits(options.limits, usage) {
  adopt(spec);
}

void Endpoint::adopt(const EndpointSpec& spec) {
  if (health == Health::kUnhealthy && spec.health != Health::kUnhealthy) {
    latency.reset();  // what was slow or failing before it went away says little
  }
  weight = spec.weight;
  health = spec.health;
  is_local = spec.is_local;
  labels.assign(spec.labels.begin(), spec.labels.end());
  identity_hash = mix(spec.identity_hash != 0 ? spec.identity_hash : spec.id + 1ULL);
}

}  // namespace weft::balance
