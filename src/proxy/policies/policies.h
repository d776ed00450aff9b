// The policies of one route, as far as they have to be compiled. What each of them does lies in a
// file of its own beside this one; the exchange asks them in the order of this list: rate limit,
// redirect, fault, rewrite and field edits, mirror.
#pragma once

#include "model/route_policies.h"
#include "proxy/policies/rewrite.h"

#include <optional>

namespace weft::proxy {

// Thread: any (immutable). Lifetime: `policies` outlives it.
struct CompiledPolicies {
  explicit CompiledPolicies(const model::RoutePolicies& policies) : spec(policies) {
    if (policies.rewrite) {
      rewrite.emplace(*policies.rewrite);
    }
  }

  const model::RoutePolicies& spec;
  std::optional<TargetRewrite> rewrite;
};

}  // namespace weft::proxy
