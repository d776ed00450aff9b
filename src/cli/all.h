// The list of the client's commands.
#pragma once

#include "cli/command.h"

namespace weft::cli {

// Adds every command of this room, and what completion scripts ask for names.
void add_commands(Command& program);

}  // namespace weft::cli
