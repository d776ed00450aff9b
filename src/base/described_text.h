// Text forms of the base types: times as RFC 3339, addresses as people write them.
#pragma once

#include "base/address.h"
#include "base/described.h"
#include "base/time.h"

#include <string>
#include <string_view>

namespace weft::base {

template <>
struct TextForm<WallTime> {
  static constexpr std::string_view kFormat = "date-time";
  static Result<WallTime> parse(std::string_view text) { return parse_rfc3339(text); }
  static std::string text(const WallTime& time) { return format_rfc3339(time); }
};

template <>
struct TextForm<IpAddress> {
  static constexpr std::string_view kFormat = "ip";
  static Result<IpAddress> parse(std::string_view text) { return parse_ip(text); }
  static std::string text(const IpAddress& ip) { return ip.to_string(); }
};

template <>
struct TextForm<SocketAddress> {
  static constexpr std::string_view kFormat = "host:port";
  static Result<SocketAddress> parse(std::string_view text) { return parse_socket_address(text); }
  static std::string text(const SocketAddress& address) { return address.to_string(); }
};

template <>
struct TextForm<HostPort> {
  static constexpr std::string_view kFormat = "host:port";
  static Result<HostPort> parse(std::string_view text) { return parse_host_port(text); }
  static std::string text(const HostPort& host) { return host.to_string(); }
};

}  // namespace weft::base
