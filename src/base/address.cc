#include "base/address.h"

#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <arpa/inet.h>

namespace weft::base {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

std::unexpected<Error> invalid(const char* what) {
  return fail(Code::kInvalid, what, Side::kClient);
}

// Of DNS names as people use them; '*' stands for every address of a listener.
bool is_host_byte(char c) {
  const char lower = ascii_lower(c);
  return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
         c == '_' || c == '*';
}

Result<std::uint16_t> parse_port(std::string_view text) {
  const auto port = parse_u64(text);
  if (!port || *port > 65535) {
    return invalid("the port must be a number from 0 to 65535");
  }
  return static_cast<std::uint16_t>(*port);
}

}  // namespace

IpAddress IpAddress::v4(std::uint32_t host_order) {
  IpAddress ip;
  std::copy(kMappedPrefix.begin(), kMappedPrefix.end(), ip.bytes.begin());
  for (std::size_t i = 0; i < 4; ++i) {
    ip.bytes[12 + i] = static_cast<std::uint8_t>(host_order >> (24 - 8 * i));
  }
  return ip;
}

bool IpAddress::is_v4() const {
  return std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes.begin());
}

bool IpAddress::is_loopback() const {
  if (is_v4()) {
    return bytes[12] == 127;
  }
  return std::all_of(bytes.begin(), bytes.end() - 1, [](auto b) { return b == 0; }) &&
         bytes[15] == 1;
}

bool IpAddress::is_unspecified() const {
  return is_v4() ? v4_value() == 0
                 : std::all_of(bytes.begin(), bytes.end(), [](auto b) { return b == 0; });
}

std::uint32_t IpAddress::v4_value() const {
  return static_cast<std::uint32_t>(bytes[12]) << 24 | static_cast<std::uint32_t>(bytes[13]) << 16 |
         static_cast<std::uint32_t>(bytes[14]) << 8 | bytes[15];
}

std::string IpAddress::to_string() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (is_v4()) {
    inet_ntop(AF_INET, bytes.data() + 12, text.data(), text.size());
  } else {
    inet_ntop(AF_INET6, bytes.data(), text.data(), text.size());
  }
  return text.data();
}

Result<IpAddress> parse_ip(std::string_view text) {
  const std::string copy(text);
  IpAddress ip;
  if (inet_pton(AF_INET, copy.c_str(), ip.bytes.data() + 12) == 1) {
    std::copy(kMappedPrefix.begin(), kMappedPrefix.end(), ip.bytes.begin());
    return ip;
  }
  if (inet_pton(AF_INET6, copy.c_str(), ip.bytes.data()) == 1) {
    return ip;
  }
  return invalid("not an IP address");
}

std::string SocketAddress::to_string() const {
  if (is_unix()) {
    return "unix:" + unix_path;
  }
  return ip.is_v4() ? fmt::format("{}:{}", ip.to_string(), port)
                    : fmt::format("[{}]:{}", ip.to_string(), port);
}

Result<SocketAddress> parse_socket_address(std::string_view text) {
  SocketAddress address;
  if (text.starts_with("unix:")) {
    address.unix_path = std::string(text.substr(5));
    // sun_path holds 108 bytes with its terminator.
    if (address.unix_path.empty() || address.unix_path.size() > 107) {
      return invalid("a unix socket path has 1 to 107 bytes");
    }
    return address;
  }
  WEFT_TRY(auto host_port, parse_host_port(text));
  address.port = host_port.port;
  if (host_port.host.empty() || host_port.host == "*") {
    address.ip = IpAddress::v4(0);
  } else if (host_port.host == "localhost") {
    address.ip = IpAddress::loopback();
  } else {
    WEFT_TRY(address.ip, parse_ip(host_port.host));
  }
  return address;
}

std::string HostPort::to_string() const {
  const std::string port_text = std::to_string(port);
  return host.find(':') == std::string::npos ? concat({host, ":", port_text})
                                             : concat({"[", host, "]:", port_text});
}

Result<HostPort> parse_host_port(std::string_view text, std::uint16_t default_port) {
  HostPort out;
  std::string_view port_text;
  bool has_port = false;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) {
      return invalid("an IPv6 address needs its closing bracket");
    }
    out.host = std::string(text.substr(1, close - 1));
    if (out.host.find(':') == std::string::npos || !parse_ip(out.host)) {
      return invalid("only an IPv6 address stands in brackets");
    }
    text.remove_prefix(close + 1);
    has_port = text.starts_with(':');
    if (!text.empty() && !has_port) {
      return invalid("expected :port after the address");
    }
    port_text = has_port ? text.substr(1) : text;
  } else {
    const std::size_t colon = text.find(':');
    if (colon != std::string_view::npos && text.find(':', colon + 1) != std::string_view::npos) {
      return invalid("an IPv6 address with a port is written [address]:port");
    }
    out.host = std::string(text.substr(0, colon));
    if (!std::all_of(out.host.begin(), out.host.end(), is_host_byte)) {
      return invalid("a host name is made of letters, digits, '.', '-' and '_'");
    }
    has_port = colon != std::string_view::npos;
    port_text = has_port ? text.substr(colon + 1) : std::string_view();
  }
  if (!has_port) {
    if (default_port == 0) {
      return invalid("expected host:port");
    }
    out.port = default_port;
    return out;
  }
  WEFT_TRY(out.port, parse_port(port_text));
  return out;
}

bool Network::contains(const IpAddress& ip) const {
  for (int bit = 0; bit < prefix; bit += 8) {
    const auto at = static_cast<std::size_t>(bit / 8);
    const int width = std::min(8, prefix - bit);
    const auto mask = static_cast<std::uint8_t>(0xff << (8 - width));
    if ((base.bytes[at] & mask) != (ip.bytes[at] & mask)) {
      return false;
    }
  }
  return true;
}

Result<Network> parse_network(std::string_view text) {
  const std::size_t slash = text.find('/');
  WEFT_TRY(auto ip, parse_ip(text.substr(0, slash)));
  Network network{ip, 128};
  if (slash != std::string_view::npos) {
    const auto bits = parse_u64(text.substr(slash + 1));
    const std::uint64_t bits_max = ip.is_v4() ? 32 : 128;
    if (!bits || *bits > bits_max) {
      return invalid("the prefix length is out of range");
    }
    network.prefix = static_cast<int>(*bits) + (ip.is_v4() ? 96 : 0);
  }
  return network;
}

}  // namespace weft::base
