// The URLs of HTTP checks.
#pragma once

#include "base/address.h"
#include "base/result.h"

#include <string>
#include <string_view>

namespace weft::health {

struct HttpUrl {
  base::HostPort host;
  std::string path = "/";  // with the query, without the fragment
};

// "http://web:8080/health?deep=1"; port 80 when none is given.
// Errors: kUnsupported (https), kInvalid (no http URL, or with user information).
// Source: RFC 3986 §3, RFC 9110 §4.2.
base::Result<HttpUrl> parse_http_url(std::string_view text);

}  // namespace weft::health
