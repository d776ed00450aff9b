// Whole texts in the gzip format. Source: RFC 1952.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace weft::wire {

// The same bytes give the same result: no name, no time. Thread: any; pure.
std::string gzip(std::string_view bytes);

// One member and nothing behind it.
// Errors: kBadMessage (no gzip, cut off, damaged, something behind it), kBodyTooLarge (it comes to
// more than `bytes_max`); side kClient. Thread: any; pure.
base::Result<std::string> gunzip(std::string_view bytes, std::size_t bytes_max);

}  // namespace weft::wire
