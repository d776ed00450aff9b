// `weft demo`: a node and a fleet of services on this machine, to look at, to break, or to check.
#pragma once

#include "cli/command.h"

namespace weft::node {

cli::Command demo_command();

}  // namespace weft::node
