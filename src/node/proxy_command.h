// `weft proxy`: the data plane from flags alone. A reverse proxy in one line.
#pragma once

#include <CLI/CLI.hpp>

#include <functional>

namespace weft::node {

// Adds the subcommand to `app`; `run` is set to what main() calls after parsing, which returns the
// exit code.
void add_proxy_command(CLI::App& app, std::function<int()>& run);

}  // namespace weft::node
