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
  bool is_tls = false;     // https
};

// "http://web:8080/health?deep=1"; port 80, or 443 of https, when none is given.
// Errors: kInvalid (no http or https URL, or with user information).
// Source: RFC 3986 §3, RFC 9110 §4.2.
base::Result<HttpUrl> parse_http_url(std::string_view text);

}  // namespace weft::health
