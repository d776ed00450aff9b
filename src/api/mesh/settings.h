// Everything that can be set for a service: /api/v1/mesh/v2/services/{service_name}/settings.
// Source: contract/README.md "Every service through the gateway"; the paths are chosen.
#pragma once

#include "api/kit/parts.h"
#include "http/router.h"

namespace weft::api::mesh {

// Lifetime: `parts` outlives the router.
void add_settings_routes(http::Router& router, const http::FaceStyle& style,
                         const kit::Parts& parts);

}  // namespace weft::api::mesh
