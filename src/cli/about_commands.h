// `weft version`, `weft help` and `weft completion`: what the program says about itself.
#pragma once

#include "cli/command.h"

namespace weft::cli {

Command version_command();
Command completion_command();
Command help_command();

// `weft completion-names`, which is asked by the scripts and not shown to people.
Command names_command();

}  // namespace weft::cli
