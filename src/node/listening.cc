#include "node/listening.h"

#include "io/port_owner.h"

#include <fmt/format.h>

namespace weft::node {

std::string why_not_listening(const base::SocketAddress& address, const base::Error& error) {
  if (error.code != base::Code::kAddressInUse) {
    return fmt::format("{}: {}", address.to_string(), base::describe(error));
  }
  const auto owner = io::address_owner(address);
  if (!owner) {
    return fmt::format("{} is taken by another program", address.to_string());
  }
  if (owner->is_this_process) {
    return fmt::format("{} is listed twice", address.to_string());
  }
  return fmt::format("{} is taken by {} (pid {})", address.to_string(), owner->name, owner->pid);
}

std::optional<std::string> first_not_free(std::span<const base::SocketAddress> addresses) {
  for (const base::SocketAddress& address : addresses) {
    if (const auto probed = io::probe_address(address); !probed) {
      return why_not_listening(address, probed.error());
    }
  }
  return std::nullopt;
}

}  // namespace weft::node
