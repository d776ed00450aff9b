// GET /api/v1/mesh/v2/endpoints: the instances as the loops of the gateway see them.
#pragma once

#include "api/kit/parts.h"
#include "http/face_style.h"
#include "http/router.h"

namespace weft::api::mesh {

// Lifetime: `parts` outlives the router.
void add_endpoints_route(http::Router& router, const http::FaceStyle& style,
                         const kit::Parts& parts);

}  // namespace weft::api::mesh
