// `weft server` and `weft config check`: settings in, a running node out.
#pragma once

#include "cli/command.h"

namespace weft::node {

cli::Command server_command();
cli::Command config_command();

}  // namespace weft::node
