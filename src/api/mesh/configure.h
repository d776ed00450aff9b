// Balancing and breaker settings, for one service or for all, and the reset of a breaker.
// Source: contract/sutazai.md §1.
#pragma once

#include "api/kit/parts.h"
#include "http/router.h"

namespace weft::api::mesh {

// Lifetime: `parts` outlives the router.
void add_configure_routes(http::Router& router, const http::FaceStyle& style,
                          const kit::Parts& parts);

}  // namespace weft::api::mesh
