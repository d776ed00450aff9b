// GET /v1/health/*. Source: contract/consul.md §4.
#pragma once

#include "api/consul/face.h"
#include "http/router.h"

namespace weft::api::consul {

void add_health_routes(http::Router& router, const http::FaceStyle& style, const Face& face);

}  // namespace weft::api::consul
