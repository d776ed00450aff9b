// What every command that talks to a node takes: --url and --json.
#pragma once

#include "base/json.h"
#include "cli/api_session.h"

#include <CLI/CLI.hpp>

#include <string>
#include <string_view>

namespace weft::cli {

struct ApiOptions {
  std::string url = "http://127.0.0.1:8000";
  bool json = false;
};

// Lifetime: `options` outlives the parse.
void add_api_options(CLI::App& command, ApiOptions& options);
void add_json_flag(CLI::App& command, bool& json);

// Prints "weft COMMAND: line" on stderr. Returns: the exit code.
int fail(std::string_view command, const Failure& failure);

// Prints `value` for machines: JSON, indented.
void print_json(const json::value& value);

}  // namespace weft::cli
