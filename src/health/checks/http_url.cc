#include "health/checks/http_url.h"

#include "base/text.h"

#include <algorithm>

namespace weft::health {

base::Result<HttpUrl> parse_http_url(std::string_view text) {
  constexpr std::string_view kScheme = "http://";
  constexpr std::string_view kTlsScheme = "https://";
  const bool is_tls = base::istarts_with(text, kTlsScheme);
  if (!is_tls && !base::istarts_with(text, kScheme)) {
    return base::fail(base::Code::kInvalid, "the target is not an http URL");
  }
  text.remove_prefix(is_tls ? kTlsScheme.size() : kScheme.size());
  text = text.substr(0, text.find('#'));
  const std::size_t authority_bytes = std::min(text.find_first_of("/?"), text.size());
  const std::string_view authority = text.substr(0, authority_bytes);
  if (authority.contains('@')) {
    return base::fail(base::Code::kInvalid, "the target names a user");
  }
  WEFT_TRY(base::HostPort host, base::parse_host_port(authority, is_tls ? 443 : 80));
  if (host.host.empty() || host.port == 0) {
    return base::fail(base::Code::kInvalid, "the target has no host or no port");
  }
  HttpUrl url{std::move(host), std::string(text.substr(authority_bytes)), is_tls};
  if (!url.path.starts_with('/')) {
    url.path.insert(0, "/");
  }
  return url;
}

}  // namespace weft::health
