// `weft demo`: the main job as a show on this machine, gone without a trace at Ctrl-C.
#pragma once

#include <CLI/CLI.hpp>

#include <functional>

namespace weft::node {

void add_demo_command(CLI::App& app, std::function<int()>& run);

}  // namespace weft::node
