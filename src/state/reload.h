// What a node tells its subscribers when it was away for longer than the log reaches back, and has
// read everything anew: the difference of two views as changes.
#pragma once

#include "base/time.h"
#include "model/change.h"
#include "model/view.h"

#include <vector>

namespace weft::state {

// One change per row that differs, in the order of their indexes, all of which are above before's
// and at most after's. A row that is there has the index of its last change; who deleted one, and
// when, is not known: deletions take the highest indexes that are left, what depends on others
// first. Only when there are more changes than indexes do some share after's. An object that was
// deleted and created again is one change.
// Precondition: after.index() > before.index().
// Thread: any; pure.
std::vector<model::Change> changes_of_reload(const model::View& before, const model::View& after,
                                             base::WallTime time);

}  // namespace weft::state
