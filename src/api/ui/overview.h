// What the overview page shows, as JSON. Source: web/PROTOCOL.md "Topic `overview`".
#pragma once

#include "api/kit/parts.h"
#include "base/json.h"

#include <map>
#include <string>

namespace weft::api::ui {

// One look at everything but the series. Two looks are compared to find what changed.
struct Overview {
  json::object node;  // without uptime_seconds: that is no reason to send it
  json::object totals;
  std::map<std::string, json::object> services;  // by name
};

// Thread: the control loop.
Overview look(const kit::Parts& parts);

// Whole seconds after `after`, oldest first, as points of `series`.
json::array series_after(const kit::Parts& parts, base::WallTime after);

// `node` with its uptime.
json::object node_with_uptime(const kit::Parts& parts, const json::object& node);

}  // namespace weft::api::ui
