// Who decides which destination of a route a request goes to: chance by weight, or something that
// the client brings along and that keeps it where it is.
#pragma once

#include "model/route.h"
#include "proxy/route_index.h"
#include "wire/http1.h"

#include <cstdint>
#include <optional>

namespace weft::proxy {

// A hash of what the split goes by; nullopt: by weight, also when the request brings nothing.
std::optional<std::uint64_t> split_key(const model::Split& split, const wire::RequestHead& head);

// The destination of a key, of a route of `index`: the same on every loop and node as
// long as services and weights stay; over many keys each destination has the share of its weight.
// No cluster: none exists.
RouteTarget split_by_key(const RouteIndex& index, const CompiledRoute& route, std::uint64_t key);

}  // namespace weft::proxy
