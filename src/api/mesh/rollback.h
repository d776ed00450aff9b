// What changed between two moments, and the way back: GET /api/v1/changes/diff,
// POST /api/v1/changes/rollback.
#pragma once

#include "api/kit/parts.h"
#include "http/router.h"

namespace weft::api::mesh {

// Lifetime: `parts` outlives the router.
void add_rollback_routes(http::Router& router, const http::FaceStyle& style,
                         const kit::Parts& parts);

}  // namespace weft::api::mesh
