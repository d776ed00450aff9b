// `weft sample`: one sample service until it is stopped.
#pragma once

#include <CLI/CLI.hpp>

#include <functional>

namespace weft::node {

void add_sample_command(CLI::App& app, std::function<int()>& run);

}  // namespace weft::node
