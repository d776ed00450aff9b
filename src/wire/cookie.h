// Cookies of a request.
#pragma once

#include "wire/http1.h"

#include <optional>
#include <string_view>

namespace weft::wire {

// Looks through all Cookie fields. Names are compared with case, values are as sent, quotes
// included; what is no pair is passed over.
// Source:  RFC 6265 §4.2, §5.4; several fields: RFC 9113 §8.2.3.
// Returns: the value of the first cookie of that name; nullopt when there is none.
// Thread:  any; pure, one pass, no allocation. Lifetime: of the parsed bytes.
std::optional<std::string_view> find_cookie(const HeaderList& headers, std::string_view name);

}  // namespace weft::wire
