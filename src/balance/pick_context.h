// What a pick may look at besides the cluster.
#pragma once

#include "balance/tried.h"
#include "base/random.h"
#include "base/time.h"

#include <cstdint>
#include <optional>

namespace weft::balance {

// Lifetime: made for one call.
struct PickContext {
  base::MonoTime now;
  base::Random& random;
  const Tried& tried;
  // A hash of the client's IP for ip_hash; without one the pick is random (sutazai.md §1.1).
  std::optional<std::uint64_t> client_hash = std::nullopt;
};

}  // namespace weft::balance
