// What an answer to a write says besides its body.
#pragma once

#include "http/context.h"
#include "state/state.h"

#include <string>

namespace weft::api::kit {

// X-Weft-Index: a view at this index or later shows the write; never given twice.
inline void add_index(http::Context& context, const state::Applied& applied) {
  context.headers.set("X-Weft-Index", std::to_string(applied.index));
}

}  // namespace weft::api::kit
