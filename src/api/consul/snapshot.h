// /v1/snapshot: what people and programs have set, as one archive, and back. Source:
// contract/consul.md §7.
#pragma once

#include "api/consul/archive.h"
#include "api/consul/face.h"
#include "base/result.h"
#include "http/router.h"
#include "model/view.h"

#include <memory>
#include <string_view>
#include <vector>

namespace weft::api::consul {

inline constexpr std::string_view kSnapshotPath = "/v1/snapshot";

// What goes into one: the tables of state::kIntentTables, and what was told about checks that
// nobody runs. Sessions, locks, events and results of checks are what became of it, and stay out.
// Thread: any; pure.
std::vector<ArchivedObject> archived_objects(const model::View& view);

// The view they make. Errors: kInvalid (an object breaks the rules of its type, is there twice, or
// is of a table that has no place here), kUnsupported (a table nobody knows); side kClient.
// Thread: any; pure.
base::Result<std::shared_ptr<const model::View>> view_of(const Archive& archive);

void add_snapshot_routes(http::Router& router, const http::FaceStyle& style, const Face& face);

}  // namespace weft::api::consul
