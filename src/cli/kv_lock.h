// `weft kv lock KEY COMMAND...` and `weft kv unlock KEY`: one at a time, over all nodes.
// Source: contract/consul.md §5, §6; what `consul lock` does with one holder.
#pragma once

#include "cli/command.h"

#include <cstdint>

namespace weft::cli {

Command lock_command();
Command unlock_command();

// The flags of a key that is a lock. Source: Consul's api/lock.go, LockFlagValue; both commands
// respect each other's locks.
inline constexpr std::uint64_t kLockFlags = 0x2ddccbc058a50c18;

}  // namespace weft::cli
