// UUIDs as text.
#pragma once

#include "base/random.h"

#include <string>
#include <string_view>

namespace weft::base {

// A random one, version 4, in lower case. Source: RFC 9562 §5.4. Thread: that of `random`.
std::string make_uuid(Random& random);

// Thread: any; pure.
bool is_uuid(std::string_view text);

}  // namespace weft::base
