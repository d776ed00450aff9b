// Status codes: their reason phrases, and the usual one for each of our error codes.
#pragma once

#include "base/error.h"

#include <string_view>

namespace weft::http {

// Returns: the phrase of RFC 9110 §15, RFC 6585 and RFC 5842 (508), "" for a status without one.
std::string_view reason_phrase(int status);

// What a control-plane face answers unless it says otherwise: 404 for kNotFound, 409 for kConflict,
// 503 for kUnavailable ... The gateway has its own table (proxy/error_reply).
int status_of(base::Code code);

}  // namespace weft::http
