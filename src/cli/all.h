// The list of the client's commands.
#pragma once

#include "cli/command.h"

namespace weft::cli {

// Adds status, services, register, deregister, completion, version and help, and what completion
// scripts ask for names.
void add_commands(Command& program);

}  // namespace weft::cli
