// Request -> the number that the hashing strategies go by.
#pragma once

#include "base/address.h"
#include "model/cluster_settings.h"
#include "wire/http1.h"

#include <cstdint>
#include <optional>

namespace weft::proxy {

// What `settings.hash` names, hashed alike on every loop and node; for ip_hash the client's
// address. Returns: nullopt when the strategy does not hash, or the request has neither the key nor
// its
//          fallback: the choice is random then. An empty value is no key.
// Thread:  any; pure, no allocation.
std::optional<std::uint64_t> hash_key(const model::ClusterSettings& settings,
                                      const wire::RequestHead& head, const base::IpAddress& client);

}  // namespace weft::proxy
