// What a command comes to: conditions, the rules that need more than one object, the indexes.
//
// The rules: a service comes with its first instance and, unless declared, goes with its last; a
// deleted service takes its instances and settings along; an instance takes its check statuses
// along; settings follow what holds for every service (inheritance.h); a check status needs its
// check, as it was when it was found; two routes may not share a name.
#pragma once

#include "base/limit_meters.h"
#include "base/result.h"
#include "base/time.h"
#include "model/change.h"
#include "model/command.h"
#include "state/draft.h"

#include <vector>

namespace weft::state {

struct CommandLimits {
  std::uint64_t services_max = base::default_of(base::Limit::kServices);
  std::uint64_t instances_max = base::default_of(base::Limit::kInstances);
  std::uint64_t rows_max = 1'000'000;  // of every other table
  std::uint64_t steps_max = 10'000;    // of one command
};

// What a command is carried out under.
struct CommandContext {
  base::WallTime time{};  // of its changes
  CommandLimits limits{};
  base::LimitMeters* reached = nullptr;       // counts refusals for a limit, when given
  model::ClusterSettings cluster_defaults{};  // what settings come from when nobody set them
};

// Carries out `command` on `draft`, whole or not at all.
// Returns: the changes with their indexes; none when everything is already as asked.
// Errors: kInvalid (an object breaks a rule of its type: model::validate names the fields; no
// step), kNotFound (no such row), kConflict (the index moved on, the key exists, a name is taken),
// kLimit; side kClient.
base::Result<std::vector<model::Change>> apply(Draft& draft, const model::Command& command,
                                               const CommandContext& context);

// What apply() would say; the draft is as before.
base::Result<void> judge(Draft& draft, const model::Command& command,
                         const CommandContext& context);

}  // namespace weft::state
