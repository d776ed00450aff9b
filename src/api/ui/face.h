// The routes of the pages' own face: `/ws/ui` and `/api/v1/ui/snapshot`.
#pragma once

#include "api/ui/hub.h"
#include "http/router.h"

namespace weft::api::ui {

// Lifetime: `hub` and `style` outlive the router.
void add_routes(http::Router& router, const http::FaceStyle& style, const kit::Parts& parts,
                Hub& hub);

}  // namespace weft::api::ui
