#include "proxy/loop_cluster.h"

#include "balance/hash.h"

#include <algorithm>
#include <utility>

namespace weft::proxy {
namespace {

balance::Strategy strategy_of(model::Balancing balancing) {
  switch (balancing) {
    case model::Balancing::kPeakEwma:
      return balance::Strategy::kP2cEwma;
    case model::Balancing::kRoundRobin:
      return balance::Strategy::kRoundRobin;
    case model::Balancing::kWeighted:
      return balance::Strategy::kWeighted;
    case model::Balancing::kLeastConnections:
      return balance::Strategy::kLeastConnections;
    case model::Balancing::kWeightedLeastConnections:
      return balance::Strategy::kWeightedLeastConnections;
    case model::Balancing::kRandom:
      return balance::Strategy::kRandom;
    case model::Balancing::kIpHash:
      return balance::Strategy::kIpHash;
    case model::Balancing::kMaglev:
      return balance::Strategy::kMaglev;
    case model::Balancing::kRingHash:
      return balance::Strategy::kRingHash;
  }
  return balance::Strategy::kP2cEwma;
}

balance::Health balance_health(model::Health health) {
  switch (health) {
    case model::Health::kPassing:
      return balance::Health::kHealthy;
    case model::Health::kNone:
      return balance::Health::kUnknown;
    case model::Health::kWarning:
      return balance::Health::kDegraded;
    case model::Health::kCritical:
    case model::Health::kNoAnswer:
    case model::Health::kMaintenance:
      return balance::Health::kUnhealthy;
  }
  return balance::Health::kUnknown;
}

std::vector<balance::EndpointSpec> specs_of(const model::Cluster& cluster) {
  std::vector<balance::EndpointSpec> specs;
  specs.reserve(cluster.endpoints.size());
  for (const model::Endpoint& endpoint : cluster.endpoints) {
    specs.push_back(endpoint_spec(endpoint));
  }
  return specs;
}

// Does nobody need it any more, apart from the snapshot?
bool is_forgotten(const std::unique_ptr<Backend>& backend) {
  return !backend->slot_freed.has_waiters() && backend->pins == 0;
}

bool same_place(const Backend& backend, const model::Endpoint& endpoint) {
  return backend.host == endpoint.address && backend.port == endpoint.port;
}

}  // namespace

balance::ClusterOptions balance_options(const model::ClusterSettings& settings) {
  balance::ClusterOptions options;
  options.strategy = strategy_of(settings.balancing);
  options.ring_hash.load_bound = settings.hash.load_bound;
  const model::BreakerSettings& breaker = settings.breaker;
  options.breaker.use =
      breaker.enabled ? balance::BreakerOptions::Use::kOn : balance::BreakerOptions::Use::kOff;
  options.breaker.consecutive_failures = breaker.consecutive_failures;
  options.breaker.error_ratio = breaker.error_ratio;
  options.breaker.error_volume_min = breaker.error_ratio_requests_min;
  options.breaker.error_window = breaker.error_ratio_window;
  options.breaker.recovery_timeout = breaker.recovery;
  options.breaker.half_open_trials = breaker.trials;
  options.panic_ratio = settings.outlier.panic_ratio;
  const model::OutlierSettings& outlier = settings.outlier;
  options.outlier.consecutive_5xx = outlier.consecutive_5xx;
  options.outlier.consecutive_gateway_failures = outlier.consecutive_gateway_failures;
  options.outlier.base_ejection_time = outlier.ejection_time;
  options.outlier.max_ejection_time = outlier.ejection_time_max;
  options.outlier.ejected_ratio_max = outlier.ejected_ratio_max;
  options.outlier.interval = outlier.interval;
  options.outlier.interval_requests_min = outlier.interval_requests_min;
  options.outlier.interval_endpoints_min = outlier.interval_endpoints_min;
  options.outlier.success_rate_factor = outlier.success_rate_factor;
  options.outlier.latency_factor = outlier.latency_factor;
  options.slow_start.window = settings.slow_start.window;
  options.slow_start.start_ratio = settings.slow_start.start_ratio;
  options.locality.mode = settings.locality.mode == model::LocalityMode::kPrefer
                              ? balance::LocalityOptions::Mode::kPrefer
                              : balance::LocalityOptions::Mode::kOff;
  options.locality.healthy_ratio_min = settings.locality.healthy_ratio_min;
  options.retry_budget.share = settings.retry.budget_ratio;
  options.retry_budget.floor_per_second =
      static_cast<std::uint32_t>(settings.retry.budget_floor_per_second);
  options.retry_budget.window = settings.retry.budget_window;
  options.limits.connections_max = settings.limits.connections_max;
  options.limits.pending_max = settings.limits.pending_max;
  options.limits.requests_max = settings.limits.requests_max;
  options.limits.cluster_connections_max = settings.limits.cluster_connections_max;
  options.limits.cluster_pending_max = settings.limits.cluster_pending_max;
  options.limits.cluster_requests_max = settings.limits.cluster_requests_max;
  options.adaptive.use = settings.adaptive.enabled ? balance::AdaptiveOptions::Use::kOn
                                                   : balance::AdaptiveOptions::Use::kOff;
  options.adaptive.limit_min = settings.adaptive.limit_min;
  options.adaptive.limit_max = settings.adaptive.limit_max;
  options.adaptive.latency_headroom = settings.adaptive.latency_headroom;
  return options;
}

balance::EndpointSpec endpoint_spec(const model::Endpoint& endpoint) {
  const std::string place = endpoint.address + ":" + std::to_string(endpoint.port);
  return {.id = endpoint.number,
          // Its weight, not its health: in panic even the unhealthy ones are called.
          .weight = endpoint.is_drained() ? 0U : endpoint.weight,
          .health = balance_health(endpoint.health),
          .identity_hash = balance::hash_identity(place),
          .is_local = endpoint.is_local,
          .labels = endpoint.all_labels()};
}

Backend::Backend(io::Loop& loop, const model::Endpoint& endpoint,
                 const http::PoolOptions& pool_options)
    : number(endpoint.number),
      instance(endpoint.instance),
      host(endpoint.address),
      port(endpoint.port),
      pool(pool_options),
      slot_freed(loop) {
  if (endpoint.address.starts_with("unix:")) {
    if (auto parsed = base::parse_socket_address(endpoint.address)) {
      address = *parsed;
    }
  } else if (auto ip = base::parse_ip(endpoint.address)) {
    address = base::SocketAddress{*ip, endpoint.port, {}};
  }
}

LoopCluster::LoopCluster(io::Loop& loop, std::shared_ptr<const model::Cluster> cluster,
                         balance::Cluster::TransitionSink sink)
    : loop_(loop), balance_(balance_options(cluster->settings), std::move(sink)) {
  adopt(std::move(cluster));
}

void LoopCluster::adopt(std::shared_ptr<const model::Cluster> cluster) {
  config_ = std::move(cluster);
  balance_.configure(balance_options(config_->settings), loop_.now());
  balance_.update(specs_of(*config_), loop_.now());
  http::PoolOptions pool_options;
  pool_options.idle_timeout = config_->settings.timeouts.idle;
  // As many as may be busy: whoever closes some of them between two bursts opens them again.
  pool_options.idle_max = config_->settings.limits.connections_max;
  std::vector<const model::Endpoint*> wanted;
  for (const model::Endpoint& endpoint : config_->endpoints) {
    wanted.push_back(&endpoint);
  }
  std::sort(wanted.begin(), wanted.end(),
            [](const auto* a, const auto* b) { return a->number < b->number; });
  // Both lists ascend by number: one walk pairs them.
  std::vector<std::unique_ptr<Backend>> kept;
  kept.reserve(wanted.size());
  auto known = backends_.begin();
  for (const model::Endpoint* endpoint : wanted) {
    while (known != backends_.end() && (*known)->number < endpoint->number) {
      ++known;
    }
    const bool stays = known != backends_.end() && (*known)->number == endpoint->number &&
                       same_place(**known, *endpoint);
    kept.push_back(stays ? std::move(*known++)
                         : std::make_unique<Backend>(loop_, *endpoint, pool_options));
    // No request will need a connection to it.
    kept.back()->pool.keep_at_most(endpoint->is_drained() ? 0 : pool_options.idle_max);
  }
  // Who waits for a place at one that left is told last: it runs at once and looks around here.
  std::erase_if(leaving_, is_forgotten);
  const std::size_t told = leaving_.size();
  for (auto& backend : std::exchange(backends_, std::move(kept))) {
    if (backend && !is_forgotten(backend)) {
      backend->pool.close_all();
      leaving_.push_back(std::move(backend));
    }
  }
  for (std::size_t i = told; i < leaving_.size(); ++i) {
    leaving_[i]->slot_freed.notify_all();
  }
}

Backend* LoopCluster::backend(std::uint32_t number) {
  const auto at = std::lower_bound(
      backends_.begin(), backends_.end(), number,
      [](const auto& backend, std::uint32_t wanted) { return backend->number < wanted; });
  return at != backends_.end() && (*at)->number == number ? at->get() : nullptr;
}

void LoopCluster::tell_slot_freed(std::uint32_t number) {
  Backend* known = backend(number);
  if (known != nullptr && known->slot_freed.has_waiters()) {
    known->slot_freed.notify_one();
    return;
  }
  if (config_->settings.limits.cluster_connections_max == 0) {
    return;
  }
  // The slot was the cluster's as well: somebody may wait for it elsewhere.
  const auto waiting = std::ranges::find_if(
      backends_, [](const auto& backend) { return backend->slot_freed.has_waiters(); });
  if (waiting != backends_.end()) {
    (*waiting)->slot_freed.notify_one();
  }
}

void LoopCluster::sweep(base::MonoTime now) {
  balance_.advance(now);
  balance_.sweep();
  std::erase_if(leaving_, is_forgotten);
  for (const auto& backend : backends_) {
    backend->pool.sweep(now);
  }
}

std::size_t LoopCluster::idle_connections() const {
  std::size_t total = 0;
  for (const auto& backend : backends_) {
    total += backend->pool.idle();
  }
  return total;
}

void LoopCluster::close_idle() {
  for (const auto& backend : backends_) {
    backend->pool.close_all();
  }
}

}  // namespace weft::proxy
