// /v1/agent/*: what this process looks after. Source: contract/consul.md §2.
#pragma once

#include "api/consul/face.h"
#include "http/router.h"

namespace weft::api::consul {

void add_agent_routes(http::Router& router, const http::FaceStyle& style, const Face& face);
// The agent's checks (agent_checks.cc).
void add_agent_check_routes(http::Router& router, const http::FaceStyle& style, const Face& face);
// What the agent says of its services' health (agent_health.cc).
void add_agent_health_routes(http::Router& router, const http::FaceStyle& style, const Face& face);

}  // namespace weft::api::consul
