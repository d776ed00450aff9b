// /v1/catalog/*. Source: contract/consul.md §3.
#pragma once

#include "api/consul/face.h"
#include "http/router.h"

namespace weft::api::consul {

void add_catalog_routes(http::Router& router, const http::FaceStyle& style, const Face& face);
// PUT /v1/catalog/register and deregister (catalog_write.cc).
void add_catalog_writes(http::Router& router, const http::FaceStyle& style, const Face& face);

}  // namespace weft::api::consul
