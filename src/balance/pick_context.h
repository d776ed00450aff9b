// What a pick may look at besides the cluster.
#pragma once

#include "balance/tried.h"
#include "base/random.h"
#include "base/time.h"

#include <cstdint>
#include <optional>

namespace weft::balance {

class Subset;

// Lifetime: made for one call.
struct PickContext {
  base::MonoTime now;
  base::Random& random;
  const Tried& tried;
  // What the hashing strategies go by: hash_client() of the client's IP for ip_hash, a hash of what
  // the cluster's settings name for the others. Without one the pick is random (sutazai.md §1.1,
  // kong.md §5.1).
  std::optional<std::uint64_t> hash_key = std::nullopt;
  // Endpoint::identity_hash of the one that this client went to before: it is picked as long as it
  // is usable, whatever the strategy and its tier (affinity).
  std::optional<std::uint64_t> pinned = std::nullopt;
  // Of the cluster's subsets the one to pick from; null: the whole cluster.
  Subset* subset = nullptr;
};

}  // namespace weft::balance
