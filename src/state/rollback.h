// What it takes to bring intent back to how it was: the steps of one ordinary command, and what
// they come to. The steps are tried on a draft, so what the rules between objects add (an implicit
// service that goes with its last instance) is part of the answer and not of the guessing.
#pragma once

#include "base/result.h"
#include "model/change.h"
#include "model/command.h"
#include "model/view.h"
#include "state/commands.h"
#include "state/difference.h"
#include "state/interest.h"

#include <cstdint>
#include <string>
#include <vector>

namespace weft::state {

// What people and programs ask for; everything else is what became of it (check statuses, events)
// or ends by itself (sessions, lock delays), and is never brought back.
inline constexpr std::uint32_t kIntentTables =
    Interest::bit(model::Table::kServices) | Interest::bit(model::Table::kInstances) |
    Interest::bit(model::Table::kClusters) | Interest::bit(model::Table::kRoutes) |
    Interest::bit(model::Table::kSettings) | Interest::bit(model::Table::kNodes) |
    Interest::bit(model::Table::kKv);

// Thread: any (a value).
struct RollbackPlan {
  // Of one command; none: everything is as it was. They hold only on the rows they were planned on.
  std::vector<model::Step> steps;
  std::vector<Difference> changes;  // now -> then, of all tables, with what follows from the steps
  std::vector<Difference> left;     // of the asked tables: what the rules keep as it is now
};

// Plans how `tables` (some of kIntentTables) become in `now` what they are in `then`. Not brought
// back: who holds an entry of the key-value store; what a process of this mesh says of itself in
// its node's row, and whether it has one; what settings follow others.
// Errors: those of apply(), of the first step that is refused.
// Thread: any; pure.
base::Result<RollbackPlan> plan_rollback(const model::View& now, const model::View& then,
                                         std::uint32_t tables, const CommandContext& context);

}  // namespace weft::state
