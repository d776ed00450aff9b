// The list of the client's commands.
#pragma once

#include <CLI/CLI.hpp>

#include <functional>

namespace weft::cli {

// Adds status, services, register, deregister, completion and version. A command's callback sets
// `run` to what is called after parsing (parse.h). Lifetime: `app` and `run` outlive the parse.
void add_commands(CLI::App& app, std::function<int()>& run);

}  // namespace weft::cli
