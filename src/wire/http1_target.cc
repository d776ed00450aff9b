#include "wire/http1_target.h"

#include "base/text.h"
#include "wire/lower_words.h"

#include <array>

namespace weft::wire {
namespace {

constexpr std::array<bool, 256> make_reg_name_table() {
  std::array<bool, 256> table{};
  // RFC 3986 §3.2.2: unreserved; reg_name_end() reads pct-encoded. chosen: no sub-delims, which no
  // DNS name holds and some readers split at (two Host fields joined by a comma).
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
  for (const char c : kAllowed) {
    table[static_cast<unsigned char>(c)] = true;
  }
  return table;
}
constexpr auto kRegName = make_reg_name_table();

bool is_hex(char c) {
  const char lower = base::ascii_lower(c);
  return base::is_digit(c) || (lower >= 'a' && lower <= 'f');
}

// RFC 3986 §3.2.2 IP-literal without its brackets: hex digits, colons, dots of an IPv4 tail.
// chosen: IPvFuture and zones are refused; nobody routes by them.
bool is_ipv6_text(std::string_view text) {
  bool has_colon = false;
  for (const char c : text) {
    has_colon = has_colon || c == ':';
    if (!is_hex(c) && c != ':' && c != '.') {
      return false;
    }
  }
  return has_colon;
}

bool is_port(std::string_view text) {  // RFC 3986 §3.2.3: *DIGIT
  unsigned value = 0;
  for (const char c : text) {
    if (!base::is_digit(c)) {
      return false;
    }
    value = value * 10 + static_cast<unsigned>(c - '0');
    if (value > 65535) {
      return false;
    }
  }
  return true;
}

// Returns: where the name at the front ends, npos when an escape in it is broken.
std::size_t reg_name_end(std::string_view text) {
  const bool* const allowed = kRegName.data();
  const char* at = text.data();
  const char* const end = at + text.size();
  for (;;) {
    while (at != end && allowed[static_cast<unsigned char>(*at)]) {
      ++at;
    }
    if (at == end || *at != '%') {
      return static_cast<std::size_t>(at - text.data());
    }
    if (end - at < 3 || !is_hex(at[1]) || !is_hex(at[2])) {
      return std::string_view::npos;
    }
    at += 3;
  }
}

// RFC 9112 §3.2.2. Leaves `path` empty when the target has none.
const char* read_absolute_form(RequestHead& out) {
  const std::size_t colon = out.target.find("://");
  if (colon == std::string_view::npos) {
    return "the target is of no known form (RFC 9112 §3.2)";
  }
  out.scheme = out.target.substr(0, colon);
  if (!equals_lower(out.scheme, "http") && !equals_lower(out.scheme, "https")) {
    return "the scheme of the target is not http or https (RFC 9110 §4.2)";
  }
  out.form = TargetForm::kAbsolute;
  const std::size_t start = colon + 3;
  const std::size_t slash = out.target.find_first_of("/?", start);
  out.authority = out.target.substr(start, slash == std::string_view::npos ? slash : slash - start);
  if (!is_authority(out.authority)) {  // RFC 9110 §4.2.4: userinfo is an error too
    return "the authority of the target is not host[:port] (RFC 9110 §4.2)";
  }
  const std::size_t path_end = out.has_query ? out.path.size() : out.target.size();
  out.path = slash == std::string_view::npos ? std::string_view()
                                             : out.target.substr(slash, path_end - slash);
  if (out.path.empty()) {
    // RFC 9112 §3.2.4: OPTIONS of a whole server; else RFC 9110 §4.2.3: an empty path is "/".
    out.path = out.method == Method::kOptions && !out.has_query ? "*" : "/";
  }
  return nullptr;
}

// RFC 9112 §3.2.3: host and port, nothing else.
const char* read_authority_form(RequestHead& out) {
  const std::size_t port_colon = out.target.rfind(':');
  const bool has_port = port_colon != std::string_view::npos &&
                        port_colon + 1 < out.target.size() && out.target.back() != ']';
  if (!has_port || out.has_query || !is_authority(out.target)) {
    return "the target of CONNECT is not host:port (RFC 9112 §3.2.3)";
  }
  out.form = TargetForm::kAuthority;
  out.authority = out.target;
  out.path = {};
  return nullptr;
}

const char* read_form(RequestHead& out) {
  out.scheme = {};
  out.authority = {};
  if (out.method == Method::kConnect) {
    return read_authority_form(out);
  }
  if (out.target.front() == '/') {
    out.form = TargetForm::kOrigin;
    return nullptr;
  }
  if (out.target == "*") {  // RFC 9112 §3.2.4
    out.form = TargetForm::kAsterisk;
    return out.method == Method::kOptions ? nullptr
                                          : "the target * without OPTIONS (RFC 9112 §3.2.4)";
  }
  return read_absolute_form(out);
}

}  // namespace

bool is_authority(std::string_view text) {
  // RFC 1035 §2.3.4: a name has at most 255 octets; a port has five digits.
  constexpr std::size_t kLongestBytes = 255 + 1 + 5;
  if (text.empty() || text.size() > kLongestBytes) {
    return false;
  }
  std::size_t host_end = 0;
  if (text.front() == '[') {
    host_end = text.find(']');
    if (host_end == std::string_view::npos || !is_ipv6_text(text.substr(1, host_end - 1))) {
      return false;
    }
    ++host_end;
  } else {
    host_end = reg_name_end(text);
    if (host_end == 0 || host_end == std::string_view::npos) {
      return false;
    }
  }
  if (host_end == text.size()) {
    return true;
  }
  return text[host_end] == ':' && is_port(text.substr(host_end + 1));
}

// RFC 9112 §3.2: 1.1 needs exactly one Host (a second one never gets here). RFC 9112 §3.2.2: a
// target with an authority of its own outranks Host, which must be well-formed all the same.
// chosen: an empty Host is refused, there is nothing to route it by.
const char* read_target(RequestHead& out) {
  if (const char* what = read_form(out)) {
    return what;
  }
  const Header* host = out.headers.find(HeaderId::kHost);
  if (host == nullptr) {
    return out.version_minor == 0 ? nullptr : "no Host in HTTP/1.1 (RFC 9112 §3.2)";
  }
  if (!is_authority(host->value)) {
    return "Host is not host[:port] (RFC 9110 §7.2)";
  }
  if (out.authority.empty()) {
    out.authority = host->value;
  }
  return nullptr;
}

}  // namespace weft::wire
