// `weft proxy`: the data plane from flags alone. A reverse proxy in one line.
#pragma once

#include "cli/command.h"

namespace weft::node {

cli::Command proxy_command();

}  // namespace weft::node
