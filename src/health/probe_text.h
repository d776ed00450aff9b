// The outputs of probes: what people read beside a status.
#pragma once

#include "base/error.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace weft::health {

// What a probe met, in words: "connection refused", "timed out".
// Lifetime: static text.
std::string_view failure_text(const base::Error& error);

// The same of a TLS stream, whose errors bring their own words: "certificate has expired".
std::string_view tls_failure_text(const base::Error& error);

// Did whoever we probed say something, which we did not like, rather than nothing?
bool is_answer(const base::Error& error);

// Was the failure our own, so that it says nothing about whom we probed?
bool is_inconclusive(const base::Error& error);

// What a stranger sent, fit to be shown and stored: bytes that are not UTF-8 and control bytes but
// tab and line feed become '?'; cut to `bytes_max` between two characters.
// Thread: any; pure.
std::string printable(std::string text, std::size_t bytes_max);

}  // namespace weft::health
