// What every balancing algorithm is. Adding one: its own files here, a Strategy, a line in all.cc.
#pragma once

#include "balance/endpoint.h"
#include "balance/pick_context.h"

#include <span>

namespace weft::balance {

// State of its own (a cursor, a table) lives in the object, state per endpoint in Endpoint.
// Thread: its loop; one per Cluster.
class Algorithm {
 public:
  virtual ~Algorithm() = default;

  // The endpoints that pick() will be asked about from now on, in registration order, those without
  // weight included. Called when the set, its order or its weights changed, and before the first
  // pick; may allocate and take its time. Lifetime: the endpoints live until the next call.
  virtual void adopt(std::span<Endpoint* const> /*endpoints*/) {}

  // Chooses one of `candidates`: at least one, in registration order, all with weight > 0. They may
  // be a part of the cluster: one tier, or what a retry has left.
  virtual Endpoint& pick(std::span<Endpoint* const> candidates, const PickContext& context) = 0;
};

}  // namespace weft::balance
