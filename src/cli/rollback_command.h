// `weft rollback INDEX`: brings what people and programs set back to how it was.
#pragma once

#include "cli/change_info.h"
#include "cli/command.h"

#include <cstdint>
#include <string>
#include <vector>

namespace weft::cli {

Command rollback_command();

// The answer of POST /changes/rollback.
struct RollbackInfo {
  std::uint64_t index = 0;
  std::uint64_t to = 0;
  bool dry_run = false;
  std::vector<DifferenceInfo> changes;
  std::uint64_t count = 0;
  bool complete = true;
  std::vector<DifferenceInfo> left;
};
BOOST_DESCRIBE_STRUCT(RollbackInfo, (), (index, to, dry_run, changes, count, complete, left))

// What it comes to, and what stays. Thread: any; pure.
std::string rollback_text(const RollbackInfo& info, const Paint& paint);

}  // namespace weft::cli
