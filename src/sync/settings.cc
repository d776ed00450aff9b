#include "sync/settings.h"

#include "base/text.h"

namespace weft::sync {

using base::Result;

Result<Direction> parse_direction(std::string_view text) {
  if (text == "both") {
    return Direction::kBoth;
  }
  if (text == "in") {
    return Direction::kIn;
  }
  if (text == "out") {
    return Direction::kOut;
  }
  if (text == "none") {
    return Direction::kNone;
  }
  return base::fail(base::Code::kInvalid, "expected both, in, out or none");
}

Result<std::optional<base::HostPort>> parse_consul_address(std::string_view text) {
  constexpr std::string_view kScheme = "http://";
  constexpr std::uint16_t kConsulPort = 8500;
  std::string_view rest = base::trim(text);
  if (rest.empty() || rest == "off") {
    return std::optional<base::HostPort>();
  }
  if (base::istarts_with(rest, "https://")) {
    return base::fail(base::Code::kInvalid,
                      "https is not spoken to a Consul: name an agent on this machine or in a "
                      "trusted network, as http://host:port");
  }
  if (base::istarts_with(rest, kScheme)) {
    rest.remove_prefix(kScheme.size());
    rest = rest.ends_with('/') ? rest.substr(0, rest.size() - 1) : rest;
  }
  auto at = base::parse_host_port(rest, kConsulPort);
  if (!at || at->host.empty() || at->port == 0 ||
      at->host.find_first_of("/@?#") != std::string::npos) {
    return base::fail(base::Code::kInvalid, "expected host:port or http://host:port, or off");
  }
  return std::optional(*std::move(at));
}

}  // namespace weft::sync
