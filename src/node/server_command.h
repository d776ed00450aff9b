// `weft server` and `weft config check`: settings in, a running node out.
#pragma once

#include <CLI/CLI.hpp>

#include <functional>

namespace weft::node {

void add_server_command(CLI::App& app, std::function<int()>& run);
void add_config_command(CLI::App& app, std::function<int()>& run);

}  // namespace weft::node
