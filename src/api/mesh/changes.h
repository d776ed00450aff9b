// The change feed: GET /api/v1/changes, page by page or as a long poll, and the way back over it:
// GET /api/v1/changes/diff, POST /api/v1/changes/rollback (rollback.h). docs/history.md has the
// page for people.
#pragma once

#include "api/kit/parts.h"
#include "http/router.h"

namespace weft::api::mesh {

// Lifetime: `parts` outlives the router.
void add_changes_route(http::Router& router, const http::FaceStyle& style, const kit::Parts& parts);

}  // namespace weft::api::mesh
