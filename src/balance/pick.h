// Cluster -> endpoint. The one question balancing answers; start reading the room here.
#pragma once

#include "balance/cluster.h"
#include "balance/pick_context.h"

#include <cstdint>
#include <expected>

namespace weft::balance {

struct Picked {
  // Valid until the cluster's next update(); an Attempt holds it longer.
  Endpoint* endpoint = nullptr;
  // Every usable endpoint was tried before: wait backoff() and pick again before sending.
  // Source: contract/sutazai.md §1.1, Retry.
  bool was_tried = false;
};

// Chooses the endpoint for one attempt: the one that the client is pinned to, else of the best tier
// that has one (healthy, then degraded, then ejected; see candidates.h) the one the cluster's
// strategy prefers. Tried endpoints are avoided as long as an untried one is left in any tier.
// Errors:  PickRefusal.
// Thread:  the cluster's loop; no allocation.
std::expected<Picked, PickRefusal> pick(Cluster& cluster, const PickContext& context);

}  // namespace weft::balance
