// Everything that can be set for a cluster, with the defaults of a service that nobody configured.
#pragma once

#include "balance/adaptive_limit.h"
#include "balance/breaker.h"
#include "balance/limits.h"
#include "balance/locality.h"
#include "balance/outlier.h"
#include "balance/peak_ewma.h"
#include "balance/retry_budget.h"
#include "balance/slow_start.h"
#include "balance/strategy.h"

namespace weft::balance {

// Source: Mirrokni, Thorup, Zadimoghaddam 2018 (consistent hashing with bounded loads).
struct RingHashOptions {
  // No endpoint gets a request beyond this many times its share of the requests under way; at least
  // 1. chosen: 1.25, as HAProxy's documentation advises: near 1 keys move for every small peak,
  // far above it one hot key may fill an endpoint.
  double load_bound = 1.25;
};

// Source: contract/README.md "Every service through the gateway".
struct ClusterOptions {
  Strategy strategy = Strategy::kP2cEwma;
  // When fewer than this share of the endpoints is available (healthy or degraded, not ejected),
  // all are used, whatever their health; an open breaker still holds. Source: Envoy, panic
  // threshold. chosen: 0 = off, because with no healthy endpoint the contract answers 503
  // (sutazai.md §1.1); Envoy's 0.5 suits fleets where half failing means the checks err.
  double panic_ratio = 0;
  BreakerOptions breaker;
  OutlierOptions outlier;
  RetryBudgetOptions retry_budget;
  LimitOptions limits;
  AdaptiveOptions adaptive;
  PeakEwmaOptions latency;
  RingHashOptions ring_hash;
  SlowStartOptions slow_start;
  LocalityOptions locality;
};

}  // namespace weft::balance
