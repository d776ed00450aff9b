// Questions about the past: what a moment of a request means, and the state as it was then.
#pragma once

#include "api/kit/parts.h"
#include "http/context.h"
#include "io/task.h"
#include "model/view.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace weft::api::kit {

using ViewPtr = std::shared_ptr<const model::View>;

// What `text` means, as base/moment.h has it: an index as it is, of a time the index of the last
// change at or before it. `field` (static) is the parameter it came in.
// Errors: refused in the context: 422 (no moment, or in the future), 410 (older than what is kept:
// the sentence and X-Weft-Oldest-Index say what can be asked for); the store's.
io::Task<base::Result<std::uint64_t>> index_for(const Parts& parts, http::Context& context,
                                                std::string_view field, std::string text);

// The state at that moment. Errors: those of index_for(), and for an index not given yet 422.
io::Task<base::Result<ViewPtr>> view_at(const Parts& parts, http::Context& context,
                                        std::string_view field, std::string text);

// What a read with `?at=` answers from: the newest state without it; with it the state at that
// moment, and X-Weft-At says its index. Errors: those of view_at().
io::Task<base::Result<ViewPtr>> view_for(const Parts& parts, http::Context& context,
                                         std::optional<std::string> at);

// Ends a handler whose question is about what is no longer kept: 410. The same as index_for() says.
io::Task<base::Error> refuse_gone(const Parts& parts, http::Context& context);

}  // namespace weft::api::kit
