// What the fields of one head mean together: where it goes and how its body is delimited.
// Private to the head parser.
#pragma once

#include "wire/http1.h"

namespace weft::wire {

// Both return null when all is well, else the broken rule (static text). `out` has its start line
// and fields; target, authority, framing and expectation are filled in.
const char* finish_request(RequestHead& out);
const char* finish_response(ResponseHead& out, Method request_method);

}  // namespace weft::wire
