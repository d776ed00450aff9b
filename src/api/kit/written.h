// A write on behalf of a request: judged, carried out, and what the answer says of it.
#pragma once

#include "api/kit/parts.h"
#include "http/context.h"
#include "io/task.h"
#include "state/state.h"

#include <vector>

namespace weft::api::kit {

// Carries out `steps` as one command of whoever asks, and returns when the gateway works by it (see
// DataPlane::adopted()). The answer gets X-Weft-Index: a view at this index or later shows the
// write, and it is never given twice.
// Errors: those of State::apply(). What an object breaks of the rules of its type stands in the
// context by field, with the model's names: a face that has other names judges before it writes.
io::Task<base::Result<state::Applied>> write(const Parts& parts, http::Context& context,
                                             std::vector<model::Step> steps);

}  // namespace weft::api::kit
