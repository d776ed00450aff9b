// Register, deregister, discover, list. Source: contract/sutazai.md §1.
#pragma once

#include "api/kit/parts.h"
#include "http/router.h"

namespace weft::api::mesh {

// Adds the routes below /api/v1/mesh/v2. Lifetime: `parts` outlives the router.
void add_catalog_routes(http::Router& router, const http::FaceStyle& style,
                        const kit::Parts& parts);

}  // namespace weft::api::mesh
