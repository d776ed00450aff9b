// What a store has that a view has not: the changes others appended, or, when the log does not
// reach back that far, everything anew.
#pragma once

#include "base/log.h"
#include "base/result.h"
#include "model/view.h"
#include "state/draft.h"
#include "state/store.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace weft::state {

struct Missed {
  std::vector<StoredChange> changes;  // all after the view's, oldest first
  std::optional<Draft> reloaded;      // instead of them; at the store's index
};

// Reads it. `blank` is where to load everything, when that is needed.
// Errors: those of the store and of decode_object(); then the log names the object.
// Thread: blocking.
base::Result<Missed> read_missed(Store& store, const model::View& view, Draft blank,
                                 base::Log& log);

// Loads every object into `draft`, and brings it to the index of the store. Rows that `known` has
// keep their numbers, and are the same rows when nothing of them differs.
// Errors: those of Store::load() and decode_object(); the log names the object.
// Thread: blocking.
base::Result<void> load_all(Store& store, Draft& draft, const model::View& known, base::Log& log);

}  // namespace weft::state
