// Taking an instance out of rotation and knowing when it may be stopped: PUT, GET and DELETE of
// /api/v1/mesh/v2/instances/{instance_id}/drain.
#pragma once

#include "api/kit/parts.h"
#include "http/face_style.h"
#include "http/router.h"

namespace weft::api::mesh {

// Lifetime: `parts` outlives the router.
void add_drain_routes(http::Router& router, const http::FaceStyle& style, const kit::Parts& parts);

}  // namespace weft::api::mesh
