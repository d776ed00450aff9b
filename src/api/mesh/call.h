// POST /call: one request to a healthy instance, with retries. Source: contract/sutazai.md §1,
// §1.1.
#pragma once

#include "api/kit/parts.h"
#include "http/router.h"

namespace weft::api::mesh {

// Lifetime: `parts` outlives the router.
void add_call_route(http::Router& router, const http::FaceStyle& style, const kit::Parts& parts);

}  // namespace weft::api::mesh
