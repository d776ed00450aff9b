// The four forms of a request target and the Host field. Private to the head parser.
#pragma once

#include "wire/http1.h"

namespace weft::wire {

// Fills form, scheme, path, query and authority from target, query position and Host.
// Returns: null when all is well, else the broken rule (static text).
const char* read_target(RequestHead& out);

}  // namespace weft::wire
