// Between the typed rows of model and the text a store keeps.
#pragma once

#include "base/result.h"
#include "model/change.h"
#include "state/store.h"

#include <string_view>

namespace weft::state {

// Thread: any; pure.
StoredChange encode(const model::Change& change);

// Errors: kUnsupported (a table this version does not know), kInvalid (not the JSON of such an
// object); side kStore.
// Thread: any; pure.
base::Result<model::Object> decode_object(std::string_view table, std::string_view body);

// The change with rows that are in no table: their number is 0, and the modified index of the row
// before is not known (0).
// Errors: those of decode_object(). Thread: any; pure.
base::Result<model::Change> decode(const StoredChange& stored);

}  // namespace weft::state
