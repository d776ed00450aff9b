// What is asked about the mesh itself: /v1/status, /v1/agent/self and the like, /v1/operator,
// /v1/coordinate, and what is not offered. Source: contract/consul.md §2, §7.
#pragma once

#include "api/consul/face.h"
#include "http/router.h"

namespace weft::api::consul {

void add_status_routes(http::Router& router, const http::FaceStyle& style, const Face& face);
// /v1/agent/metrics (agent_metrics.cc).
void add_agent_metrics_route(http::Router& router, const http::FaceStyle& style, const Face& face);

}  // namespace weft::api::consul
