// `weft status`: is it all right?
#pragma once

#include "cli/command.h"
#include "cli/overview.h"
#include "cli/paint.h"

#include <string>

namespace weft::cli {

Command status_command();

// What it prints: the verdict, the totals, who needs attention, warnings.
// Thread: any; pure.
std::string status_text(const Overview& overview, const Paint& paint);
// The same for machines: {"verdict", "node", "totals", "attention": [service], "warnings": [text]}.
json::object status_json(const FetchedOverview& fetched);

}  // namespace weft::cli
