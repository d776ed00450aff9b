// `weft sample`: one sample service until it is stopped.
#pragma once

#include "cli/command.h"

namespace weft::node {

cli::Command sample_command();

}  // namespace weft::node
