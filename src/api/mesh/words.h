// The words of mesh v2 for what the model knows. Source: contract/sutazai.md §1.1,
// contract/README.md "One registry".
#pragma once

#include "model/check.h"
#include "model/cluster_settings.h"

#include <optional>
#include <string_view>

namespace weft::api::mesh {

// healthy, degraded, unhealthy, unknown
std::string_view state_name(model::Health health);

// round_robin, least_connections, weighted, random, ip_hash. What nobody configured is
// round_robin: calls go by it (the gateway itself uses peak EWMA then).
std::string_view strategy_name(model::Balancing balancing);
std::optional<model::Balancing> parse_strategy(std::string_view name);

}  // namespace weft::api::mesh
