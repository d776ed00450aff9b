// /v1/kv/*: the key-value store and its locks. Source: contract/consul.md §5.
#pragma once

#include "api/consul/face.h"
#include "base/json.h"
#include "http/router.h"
#include "model/kv.h"
#include "model/row.h"

namespace weft::api::consul {

// As answers show it; a transaction's may leave the value out.
enum class KvValue : std::uint8_t { kShown, kLeftOut };
json::object encode_kv(const model::Row<model::KvEntry>& row, KvValue value = KvValue::kShown);

void add_kv_routes(http::Router& router, const http::FaceStyle& style, const Face& face);

}  // namespace weft::api::consul
