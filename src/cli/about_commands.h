// `weft version`, `weft help` and `weft completion`: what the program says about itself.
#pragma once

#include <CLI/CLI.hpp>

#include <functional>

namespace weft::cli {

void add_version_command(CLI::App& app, std::function<int()>& run);

// Completes every command of `app`, those added later too. Lifetime: `app` outlives `run`.
void add_completion_command(CLI::App& app, std::function<int()>& run);
void add_help_command(CLI::App& app, std::function<int()>& run);

// `weft completion-names`, which is asked by the scripts and not shown to people.
void add_names_command(CLI::App& app, std::function<int()>& run);

}  // namespace weft::cli
