// Topology, health and status of the mesh. Source: contract/sutazai.md §1.2, §1.3.
#pragma once

#include "api/kit/parts.h"
#include "http/router.h"

namespace weft::api::mesh {

// Lifetime: `parts` outlives the router.
void add_overview_routes(http::Router& router, const http::FaceStyle& style,
                         const kit::Parts& parts);

}  // namespace weft::api::mesh
