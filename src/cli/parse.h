// The command line as CLI11 reads it: the one place where its exceptions are caught, and how its
// complaints are worded.
#pragma once

#include <CLI/CLI.hpp>

#include <functional>

namespace weft::cli {

// Parses and runs `run`, which a command's callback has set by then. Help goes to stdout; a usage
// error is one line on stderr that says what to do next, with the nearest word for a mistyped one.
// Returns: what `run` returns; 0 for help; 2 for a usage error (contract/README.md "CLI").
int parse_and_run(CLI::App& app, int argc, char** argv, std::function<int()>& run);

}  // namespace weft::cli
