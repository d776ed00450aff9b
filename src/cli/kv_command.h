// `weft kv ...`: the key-value store. What the commands do is in kv_actions.h, kv_lock.h and
// watch_command.h.
#pragma once

#include "cli/command.h"

namespace weft::cli {

Command kv_command();

}  // namespace weft::cli
