// /v1/event/*: user events. Source: contract/consul.md §7.
#pragma once

#include "api/consul/face.h"
#include "http/router.h"

namespace weft::api::consul {

void add_event_routes(http::Router& router, const http::FaceStyle& style, const Face& face);

}  // namespace weft::api::consul
