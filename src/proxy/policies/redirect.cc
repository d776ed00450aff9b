#include "proxy/policies/redirect.h"

namespace weft::proxy {

std::string redirect_location(const model::Redirect& redirect, const wire::RequestHead& head) {
  std::string out = redirect.scheme.empty() ? "http" : redirect.scheme;
  out += "://";
  out += redirect.host.empty() ? head.authority : std::string_view(redirect.host);
  out += redirect.path.empty() ? head.path : std::string_view(redirect.path);
  if (redirect.keeps_query && head.has_query) {
    out += redirect.path.contains('?') ? '&' : '?';
    out += head.query;
  }
  return out;
}

}  // namespace weft::proxy
