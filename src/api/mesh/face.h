// The face of mesh v2: `/api/v1/mesh/v2/*` and `/api/v1/mesh/status`.
// Source: contract/sutazai.md §1–§1.3.
#pragma once

#include "api/kit/parts.h"
#include "http/router.h"

namespace weft::api::mesh {

// Adds every route of the face. Lifetime: `parts` and `style` outlive the router.
void add_routes(http::Router& router, const http::FaceStyle& style, const kit::Parts& parts);

}  // namespace weft::api::mesh
