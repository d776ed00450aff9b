// JSON that a person wrote or brought, with the place where it stops being JSON.
#pragma once

#include "base/json.h"
#include "cli/api_session.h"

#include <string>
#include <string_view>

namespace weft::cli {

// "services.json is no JSON from line 3, column 12 on"; "" for what is JSON. Thread: any; pure.
std::string explain_json(const std::string& file, std::string_view text);

// Reads a file, or with "-" what comes in. Errors: read_input's; it is no JSON. Blocks.
Outcome<json::value> read_json_file(const std::string& file);

}  // namespace weft::cli
