// PUT /v1/txn: several operations on the key-value store at once. Source: contract/consul.md §5.
#pragma once

#include "api/consul/face.h"
#include "http/router.h"

namespace weft::api::consul {

void add_txn_route(http::Router& router, const http::FaceStyle& style, const Face& face);

}  // namespace weft::api::consul
