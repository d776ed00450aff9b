// The embedded pages: static files with their codings, cache rules and security fields.
// Source: ui.md §2 "Build and serving", contract/apg.md §9.
#pragma once

#include "http/face_style.h"
#include "http/router.h"

namespace weft::api::pages {

// Adds a route per file of web/pages_assets.h, and `/` for the page itself. Without pages (built
// with WEFT_UI=off) `/` says so.
void add_routes(http::Router& router, const http::FaceStyle& style);

// The same for the listener of Consul's API: its page at /ui/, where / leads to. The page asks
// /v1/* and nothing else. Source: contract/consul.md §9.
void add_consul_routes(http::Router& router, const http::FaceStyle& style);

}  // namespace weft::api::pages
