// What a blocking query of Consul's API is about: where it asks, and what has changed between two
// of its answers.
#pragma once

#include "base/json.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace weft::cli {

enum class WatchKind : std::uint8_t { kServices, kService, kNodes, kPrefix, kKey, kChecks };

// Thread: any (a value).
struct WatchQuery {
  WatchKind kind = WatchKind::kServices;
  std::string name = {};      // of the service or key, the prefix, the state of the checks
  bool passing_only = false;  // kService
};

// "/v1/health/service/web?passing". Thread: any; pure.
std::string watch_target(const WatchQuery& query);

// Something an answer lists: what a person reads of it, and what the API said.
struct WatchedItem {
  std::string text;
  json::value value;
};
// By name: of a service, an instance, a node, a key, a check ("node/check").
using WatchedItems = std::map<std::string, WatchedItem>;

// What an answer lists; what does not fit is left out. null lists nothing.
// Thread: any; pure.
WatchedItems watched_items(WatchKind kind, const json::value& answer);

struct WatchedChange {
  enum class Kind : std::uint8_t { kAdded, kChanged, kRemoved };
  Kind kind = Kind::kAdded;
  std::string name;
  WatchedItem item;  // as it is now; as it was when it is removed
};

// What a person would call a change: an item whose text is as it was has not changed.
// Thread: any; pure.
std::vector<WatchedChange> watched_changes(const WatchedItems& before, const WatchedItems& now);

// "+ web  v1, prod" / {"change": "added", "name": "web", "value": ...}. Thread: any; pure.
std::string change_line(const WatchedChange& change);
json::object encode_change(const WatchedChange& change);

// What a command reads of an answer, as `consul watch` hands it over: one key is an object.
json::value handed_over(WatchKind kind, const json::value& answer);

}  // namespace weft::cli
