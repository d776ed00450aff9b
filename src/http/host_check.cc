#include "http/host_check.h"

#include "base/text.h"
#include "http/face_style.h"

#include <algorithm>

namespace weft::http {
namespace {

// "name:80" -> "name", "[::1]:80" -> "::1"; the port is not compared, for it may be forwarded.
std::string_view host_of(std::string_view authority) {
  if (authority.starts_with('[')) {
    return authority.substr(1, std::min(authority.find(']'), authority.size()) - 1);
  }
  return authority.substr(0, authority.find(':'));
}

// "name:80" -> "80"; what the scheme stands for when there is none.
std::string_view port_of(std::string_view authority, std::string_view scheme) {
  const std::size_t colon =
      authority.find(':', authority.starts_with('[') ? authority.find(']') : 0);
  if (colon != std::string_view::npos) {
    return authority.substr(colon + 1);
  }
  return base::iequals(scheme, "https") ? "443" : "80";
}

// "Example.org." and "example.org" are one name.
std::string_view without_dot(std::string_view name) {
  return name.ends_with('.') ? name.substr(0, name.size() - 1) : name;
}

// The names under which a browser finds a listener on loopback.
bool is_loopback_name(std::string_view host) {
  return base::iequals(host, "localhost") || host == "127.0.0.1" || host == "::1";
}

bool matches_name(std::string_view pattern, std::string_view name) {
  if (pattern == "*") {
    return true;
  }
  if (pattern.starts_with("*.")) {
    const std::string_view suffix = pattern.substr(1);
    return name.size() > suffix.size() &&
           base::iequals(name.substr(name.size() - suffix.size()), suffix);
  }
  return base::iequals(pattern, name);
}

// A page of another origin can also read what a WebSocket sends, so an upgrade counts as a change.
bool changes_state(const Request& request) {
  return !wire::is_safe(request.method) || request.headers.has("Upgrade");
}

Response refuse_host(const Context& context, int status, std::string detail) {
  Problem problem{ProblemKind::kTransport, status, {}, std::move(detail)};
  return context.style->answer_problem(problem, &context.request);
}

}  // namespace

bool HostCheck::is_own_host(std::string_view authority, const base::SocketAddress& listener) const {
  const std::string_view host = without_dot(host_of(authority));
  if (base::iequals(host, "localhost")) {
    return true;
  }
  if (const auto ip = base::parse_ip(host)) {
    return listener.is_unix() || listener.ip.is_unspecified() || *ip == listener.ip ||
           (ip->is_loopback() && listener.ip.is_loopback());
  }
  return std::any_of(options_.names.begin(), options_.names.end(),
                     [&](const std::string& name) { return matches_name(name, host); });
}

bool HostCheck::is_listed_origin(std::string_view origin) const {
  return std::any_of(
      options_.cors_origins.begin(), options_.cors_origins.end(),
      [&](const std::string& listed) { return listed == "*" || base::iequals(listed, origin); });
}

// Source: RFC 6454 §5: two origins are one when scheme, host and port are.
bool HostCheck::is_own_origin(std::string_view origin, std::string_view authority) const {
  constexpr std::string_view kSeparator = "://";
  const std::size_t scheme_end = origin.find(kSeparator);
  if (scheme_end == std::string_view::npos ||
      !base::iequals(origin.substr(0, scheme_end), options_.scheme)) {
    return false;
  }
  const std::string_view named = origin.substr(scheme_end + kSeparator.size());
  if (named.empty() || port_of(named, options_.scheme) != port_of(authority, options_.scheme)) {
    return false;
  }
  const std::string_view own = without_dot(host_of(authority));
  const std::string_view other = without_dot(host_of(named));
  return base::iequals(own, other) || (is_loopback_name(own) && is_loopback_name(other));
}

bool HostCheck::is_allowed_origin(std::string_view origin, std::string_view authority) const {
  return is_own_origin(origin, authority) || is_listed_origin(origin);
}

void HostCheck::add_cors_fields(std::string_view origin, Headers& headers) const {
  const bool is_named = std::none_of(options_.cors_origins.begin(), options_.cors_origins.end(),
                                     [](const std::string& listed) { return listed == "*"; });
  headers.set("Access-Control-Allow-Origin", is_named ? origin : "*");
  if (is_named) {
    headers.set("Access-Control-Allow-Credentials", "true");
    headers.set("Vary", "Origin");
  }
}

std::optional<Response> HostCheck::operator()(Context& context) const {
  const Request& request = context.request;
  // Only HTTP/1.0 comes without a Host, and no browser speaks that.
  if (!request.authority.empty() && !is_own_host(request.authority, request.listener)) {
    return refuse_host(
        context, 421,
        "this Host is not a name of this node; names that are belong into security.hosts");
  }
  const auto origin = request.headers.find("Origin");
  if (!origin) {
    return std::nullopt;
  }
  if (is_listed_origin(*origin)) {
    add_cors_fields(*origin, context.headers);
    if (request.method == wire::Method::kOptions &&
        request.headers.has("Access-Control-Request-Method")) {
      Response preflight;
      preflight.headers.set("Access-Control-Allow-Methods",
                            request.headers.value("Access-Control-Request-Method"));
      preflight.headers.set("Access-Control-Allow-Headers",
                            request.headers.value("Access-Control-Request-Headers"));
      preflight.headers.set("Access-Control-Max-Age", "600");
      return preflight;
    }
    return std::nullopt;
  }
  if (changes_state(request) && !is_allowed_origin(*origin, request.authority)) {
    return refuse_host(context, 403,
                       "this Origin may not change anything here; one that may belongs into "
                       "security.cors_origins");
  }
  return std::nullopt;
}

}  // namespace weft::http
