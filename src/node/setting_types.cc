#include "node/setting_types.h"

#include "base/json.h"
#include "base/text.h"

#include <algorithm>

namespace weft::node {

using base::Result;

namespace {

std::unexpected<base::Error> expected_origins() {
  return base::fail(base::Code::kInvalid,
                    "expected a comma list or a JSON array of origins such as "
                    "https://ui.example.org, or *");
}

// Scheme, host and perhaps a port, as a browser writes it. Source: RFC 6454 §6.2.
bool is_origin(std::string_view text) {
  if (text == "*") {
    return true;
  }
  const bool is_plain = base::istarts_with(text, "http://");
  if (!is_plain && !base::istarts_with(text, "https://")) {
    return false;
  }
  const auto host = base::parse_host_port(text.substr(is_plain ? 7 : 8), 80);
  return host && !host->host.empty();
}

// A name, or "*" alone or in front of one.
bool is_host_pattern(std::string_view text) {
  const std::string_view name = text.starts_with("*.") ? text.substr(2) : text;
  return text == "*" || (!name.empty() && std::ranges::all_of(name, [](char c) {
           const char lower = base::ascii_lower(c);
           return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
                  c == '-' || c == '_';
         }));
}

}  // namespace

std::string without_password(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) {
    return std::string(url);
  }
  const std::size_t begin = scheme + 3;
  const std::size_t at = url.substr(0, url.find('/', begin)).rfind('@');
  const std::size_t colon = url.find(':', begin);
  std::string out(url);
  if (at != std::string_view::npos && colon < at) {
    out.replace(colon + 1, at - colon - 1, "***");
  }
  constexpr std::string_view kParameter = "password=";
  for (std::size_t from = out.find(kParameter); from != std::string::npos;
       from = out.find(kParameter, from + kParameter.size())) {
    const std::size_t value = from + kParameter.size();
    out.replace(value, std::min(out.find('&', value), out.size()) - value, "***");
  }
  return out;
}

Result<void> parse_value(std::string_view text, DatabaseUrl& out) {
  constexpr std::string_view kSqlite = "sqlite:///";
  out = {};
  if (text.empty()) {
    return {};
  }
  if (text.starts_with(kSqlite) && text.size() > kSqlite.size()) {
    out.kind = DatabaseUrl::Kind::kSqlite;
    out.path = text.substr(kSqlite.size());
    return {};
  }
  if (text.starts_with("postgresql://") || text.starts_with("postgres://")) {
    out.kind = DatabaseUrl::Kind::kPostgres;
    out.url = text;
    return {};
  }
  return base::fail(base::Code::kInvalid,
                    "expected postgresql://user:password@host/database or sqlite:///file");
}

Result<void> parse_value(std::string_view text, std::string& out) {
  out = text;
  return {};
}

Result<void> parse_value(std::string_view text, bool& out) {
  if (text != "true" && text != "false") {
    return base::fail(base::Code::kInvalid, "expected true or false");
  }
  out = text == "true";
  return {};
}

Result<void> parse_value(std::string_view text, std::uint64_t& out) {
  const auto number = base::parse_u64(text);
  if (!number) {
    return base::fail(base::Code::kInvalid, "expected a whole number");
  }
  out = *number;
  return {};
}

Result<void> parse_value(std::string_view text, double& out) {
  const auto number = base::parse_double(text);
  if (!number) {
    return base::fail(base::Code::kInvalid, "expected a number");
  }
  out = *number;
  return {};
}

Result<void> parse_value(std::string_view text, base::Nanos& out) {
  WEFT_TRY(out, base::parse_duration(text));
  return {};
}

Result<void> parse_value(std::string_view text, io::DriverKind& out) {
  WEFT_TRY(out, io::parse_driver_kind(text));
  return {};
}

Result<void> parse_value(std::string_view text, base::LogLevel& out) {
  const std::string name = base::to_lower(text);
  if (name == "debug") {
    out = base::LogLevel::kDebug;
  } else if (name == "info") {
    out = base::LogLevel::kInfo;
  } else if (name == "warning" || name == "warn") {
    out = base::LogLevel::kWarning;
  } else if (name == "error") {
    out = base::LogLevel::kError;
  } else {
    return base::fail(base::Code::kInvalid, "expected debug, info, warning or error");
  }
  return {};
}

Result<void> parse_value(std::string_view text, base::LogFormat& out) {
  if (text != "text" && text != "json") {
    return base::fail(base::Code::kInvalid, "expected text or json");
  }
  out = text == "json" ? base::LogFormat::kJson : base::LogFormat::kText;
  return {};
}

Result<void> parse_value(std::string_view text, ListenAddresses& out) {
  out.list.clear();
  if (text == "off") {
    return {};
  }
  for (const std::string_view piece : base::split(text, ',')) {
    WEFT_TRY(auto address, base::parse_socket_address(piece));
    out.list.push_back(std::move(address));
  }
  if (out.list.empty()) {
    return base::fail(base::Code::kInvalid, "expected host:port, a comma list of them, or off");
  }
  return {};
}

Result<void> parse_value(std::string_view text, HostNames& out) {
  out.list.clear();
  for (const std::string_view name : base::split(text, ',')) {
    if (!is_host_pattern(name)) {
      return base::fail(base::Code::kInvalid,
                        "expected a comma list of host names such as mesh.example.org or *.corp");
    }
    out.list.emplace_back(name);
  }
  return {};
}

Result<void> parse_value(std::string_view text, Origins& out) {
  out.list.clear();
  const std::string_view trimmed = base::trim(text);
  if (!trimmed.starts_with('[')) {
    for (const std::string_view origin : base::split(trimmed, ',')) {
      out.list.emplace_back(origin);
    }
  } else {
    const auto parsed = base::parse_json(trimmed);
    const auto* array = parsed ? parsed->if_array() : nullptr;
    if (array == nullptr) {
      return expected_origins();
    }
    for (const json::value& origin : *array) {
      out.list.emplace_back(origin.is_string() ? std::string_view(origin.get_string()) : "");
    }
  }
  if (!std::ranges::all_of(out.list, is_origin)) {
    return expected_origins();
  }
  return {};
}

Result<void> parse_value(std::string_view text, Networks& out) {
  out.list.clear();
  for (const std::string_view network : base::split(text, ',')) {
    const auto parsed = base::parse_network(network);
    if (!parsed) {
      return base::fail(base::Code::kInvalid,
                        "expected a comma list of networks such as 10.0.0.0/8");
    }
    out.list.push_back(*parsed);
  }
  return {};
}

Result<void> parse_value(std::string_view text, Recursors& out) {
  constexpr std::uint16_t kDnsPort = 53;
  out.list.clear();
  for (const std::string_view piece : base::split(text, ',')) {
    const auto at = base::parse_host_port(piece, kDnsPort);
    const auto ip = at ? base::parse_ip(at->host)
                       : base::Result<base::IpAddress>(base::fail(base::Code::kInvalid, ""));
    if (!ip) {
      return base::fail(base::Code::kInvalid,
                        "expected a comma list of addresses such as 10.0.0.2 or 10.0.0.2:53");
    }
    out.list.push_back({*ip, at->port, {}});
  }
  return {};
}

Result<void> parse_value(std::string_view text, ServiceTtls& out) {
  out.list.clear();
  for (const std::string_view piece : base::split(text, ',')) {
    const std::size_t at = piece.find('=');
    const auto ttl = at == std::string_view::npos
                         ? base::Result<base::Nanos>(base::fail(base::Code::kInvalid, ""))
                         : base::parse_duration(base::trim(piece.substr(at + 1)));
    if (!ttl) {
      return base::fail(base::Code::kInvalid, "expected a comma list such as *=5s,web=1s");
    }
    out.list.emplace_back(base::trim(piece.substr(0, at)), *ttl);
  }
  return {};
}

Result<void> parse_value(std::string_view text, Secret& out) {
  out.text = text;
  return {};
}

Result<void> parse_value(std::string_view text, ConsulAddress& out) {
  WEFT_TRY(out.at, sync::parse_consul_address(text));
  return {};
}

Result<void> parse_value(std::string_view text, sync::Direction& out) {
  WEFT_TRY(out, sync::parse_direction(text));
  return {};
}

bool Families::has(std::string_view family) const {
  return std::ranges::find(list, family) != list.end();
}

Result<void> parse_value(std::string_view text, Families& out) {
  constexpr std::string_view kKnown[] = {"apg", "ose", "mesh", "consul", "admin", "monitor", "bus"};
  out.list.clear();
  for (const std::string_view family : base::split(text, ',')) {
    if (std::ranges::find(kKnown, family) == std::end(kKnown)) {
      return base::fail(base::Code::kInvalid,
                        "expected a comma list of apg, ose, mesh, consul, admin, monitor and bus");
    }
    out.list.emplace_back(family);
  }
  return {};
}

namespace {

// The name of a datacenter is a label of a DNS name too.
bool is_datacenter(std::string_view name) {
  constexpr std::size_t kLabelBytesMax = 63;
  return !name.empty() && name.size() <= kLabelBytesMax && std::ranges::all_of(name, [](char c) {
    const char lower = base::ascii_lower(c);
    return base::is_digit(c) || (lower >= 'a' && lower <= 'z') || c == '-' || c == '_';
  });
}

// "http://10.0.0.2:8500", a slash at its end or none.
base::Result<base::HostPort> parse_peer_url(std::string_view url) {
  constexpr std::string_view kScheme = "http://";
  constexpr std::uint16_t kPort = 8500;
  if (!base::istarts_with(url, kScheme)) {
    return base::fail(base::Code::kInvalid, "");
  }
  url.remove_prefix(kScheme.size());
  if (url.ends_with('/')) {
    url.remove_suffix(1);
  }
  return base::parse_host_port(url, kPort);
}

}  // namespace

Result<void> parse_value(std::string_view text, WanPeers& out) {
  out.list.clear();
  for (const std::string_view piece : base::split(text, ',')) {
    const std::size_t at = piece.find('=');
    const std::string_view name = base::trim(piece.substr(0, at));
    auto to = at == std::string_view::npos
                  ? base::Result<base::HostPort>(base::fail(base::Code::kInvalid, ""))
                  : parse_peer_url(base::trim(piece.substr(at + 1)));
    const auto is_same = [name](const auto& peer) { return base::iequals(peer.first, name); };
    if (!to || to->host.empty() || !is_datacenter(name) || std::ranges::any_of(out.list, is_same)) {
      return base::fail(base::Code::kInvalid,
                        "expected a comma list of datacenters, each once, such as "
                        "dc2=http://10.0.0.2:8500");
    }
    out.list.emplace_back(name, *std::move(to));
  }
  return {};
}

}  // namespace weft::node
