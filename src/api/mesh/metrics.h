// GET /api/v1/mesh/v2/metrics and its aliases: Prometheus text. Source: contract/sutazai.md §6.
#pragma once

#include "api/kit/parts.h"
#include "http/router.h"

namespace weft::api::mesh {

// Adds /api/v1/mesh/v2/metrics and /metrics. Lifetime: `parts` outlives the router.
void add_metrics_route(http::Router& router, const http::FaceStyle& style, const kit::Parts& parts);

// The text by itself. Thread: the control loop.
std::string metrics_text(const kit::Parts& parts);

}  // namespace weft::api::mesh
