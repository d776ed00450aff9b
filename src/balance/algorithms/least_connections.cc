#include "balance/algorithms/least_connections.h"

namespace weft::balance {

Endpoint& LeastConnections::pick(std::span<Endpoint* const> candidates,
                                 const PickContext& /*context*/) {
  const auto weight = [this](const Endpoint& endpoint) -> std::uint64_t {
    return weights_ == Weights::kRespected ? endpoint.weight : 1;
  };
  Endpoint* best = candidates.front();
  for (Endpoint* endpoint : candidates.subspan(1)) {
    // a / wa < b / wb without dividing; 32 bit each, so the products fit
    if (endpoint->active * weight(*best) < best->active * weight(*endpoint)) {
      best = endpoint;
    }
  }
  return *best;
}

}  // namespace weft::balance
