// `weft diff FROM [TO]`: which objects differ between two moments.
#pragma once

#include "cli/command.h"

namespace weft::cli {

Command diff_command();

}  // namespace weft::cli
