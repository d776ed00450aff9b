// Network addresses as values: an IP, an IP with port, a unix path, a network, a host with port.
#pragma once

#include "base/result.h"

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace weft::base {

// IPv4 is kept mapped (::ffff:a.b.c.d), so that one compare serves both families.
struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};

  static IpAddress v4(std::uint32_t host_order);
  static IpAddress loopback() { return v4(0x7f000001); }
  bool is_v4() const;
  bool is_loopback() const;
  bool is_unspecified() const;
  std::uint32_t v4_value() const;  // host order; only when is_v4()
  std::string to_string() const;
  auto operator<=>(const IpAddress&) const = default;
};

// Errors: kInvalid. Accepts dotted IPv4 and RFC 4291 IPv6 without zone.
Result<IpAddress> parse_ip(std::string_view text);

// Where a listener binds or a connection goes: ip:port, or unix:/path.
struct SocketAddress {
  IpAddress ip;
  std::uint16_t port = 0;
  std::string unix_path;  // not empty: a unix socket, ip and port unused

  bool is_unix() const { return !unix_path.empty(); }
  std::string to_string() const;  // "127.0.0.1:80", "[::1]:80", "unix:/run/x"
  auto operator<=>(const SocketAddress&) const = default;
};

// "127.0.0.1:80", "[::1]:80", ":80" (all interfaces), "localhost:80" (loopback), "unix:/path".
// Errors: kInvalid.
Result<SocketAddress> parse_socket_address(std::string_view text);

// A host that may be a name, with a port.
struct HostPort {
  std::string host;
  std::uint16_t port = 0;

  std::string to_string() const;
  auto operator<=>(const HostPort&) const = default;
};

// "web:80", "10.0.0.1:80", "[::1]:80"; without a port `default_port` stands, 0 = port required.
// Errors: kInvalid.
Result<HostPort> parse_host_port(std::string_view text, std::uint16_t default_port = 0);

// An address block such as 10.0.0.0/8.
struct Network {
  IpAddress base;
  int prefix = 128;  // bits of the mapped 128

  bool contains(const IpAddress& ip) const;
};

// Errors: kInvalid. A bare address is a block of one.
Result<Network> parse_network(std::string_view text);

}  // namespace weft::base
