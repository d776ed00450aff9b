// `weft demo`: a node and a fleet of services on this machine, to look at, to break, or to check.
#pragma once

#include <CLI/CLI.hpp>

#include <functional>

namespace weft::node {

// See add_proxy_command().
void add_demo_command(CLI::App& app, std::function<int()>& run);

}  // namespace weft::node
