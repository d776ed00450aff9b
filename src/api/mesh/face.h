// The face of mesh v2: `/api/v1/mesh/v2/*` and `/api/v1/mesh/status`, and the history of the state:
// `/api/v1/changes*`.
// Source: contract/sutazai.md §1–§1.3.
#pragma once

#include "api/kit/parts.h"
#include "api/mesh/change_streams.h"
#include "http/router.h"

namespace weft::api::mesh {

// Adds every route of the face. Lifetime: `parts`, `style` and `streams` outlive the router.
void add_routes(http::Router& router, const http::FaceStyle& style, const kit::Parts& parts,
                ChangeStreams& streams);

}  // namespace weft::api::mesh
