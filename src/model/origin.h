// Where an instance that somebody carried from one registry to another came from: entries of its
// metadata, which travel with it and are seen by every face. What has none is at home here.
#pragma once

#include "base/json.h"
#include "model/labels.h"

#include <string_view>

namespace weft::model {

// Consul's own key for "somebody else's": its pages show it.
inline constexpr std::string_view kExternalSource = "external-source";

// Taken from a Consul, and kept as that says: "consul/dc1".
inline constexpr std::string_view kSyncedFrom = "weft-synced-from";
// That Consul has not been heard of since then (RFC 3339): it is as it was last.
inline constexpr std::string_view kStaleSince = "weft-stale-since";

// Put by a mesh of weft into the registry where it is now: the id of that mesh.
inline constexpr std::string_view kMeshId = "weft-mesh";
inline constexpr std::string_view kMeshName = "weft-mesh-name";  // for people

inline bool is_synced(const json::object& metadata) {
  return !text_of(metadata, kSyncedFrom).empty();
}
inline bool is_sent_by_mesh(const json::object& metadata) {
  return !text_of(metadata, kMeshId).empty();
}

}  // namespace weft::model
