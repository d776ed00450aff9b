// /v1/session/*. Source: contract/consul.md §6.
#pragma once

#include "api/consul/face.h"
#include "http/router.h"

namespace weft::api::consul {

void add_session_routes(http::Router& router, const http::FaceStyle& style, const Face& face);

}  // namespace weft::api::consul
