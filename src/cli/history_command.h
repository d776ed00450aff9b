// `weft history`: what was changed, when and by whom.
#pragma once

#include "cli/change_info.h"
#include "cli/command.h"
#include "cli/paint.h"

#include <string>
#include <vector>

namespace weft::cli {

Command history_command();

// The table, oldest first. Thread: any; pure.
std::string history_text(const std::vector<ChangeInfo>& changes, const Paint& paint);
// One change on one line, for output that goes on. Thread: any; pure.
std::string history_line(const ChangeInfo& change, const Paint& paint);

}  // namespace weft::cli
