#include "node/listening.h"

#include "io/port_owner.h"

#include <fmt/format.h>

namespace weft::node {
namespace {

// A program that is being stopped gives its address back within this time.
constexpr base::Nanos kRelease = base::Seconds(2);
constexpr base::Nanos kReleasePoll = base::Millis(20);

}  // namespace

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

std::string why_not_open(std::span<const base::SocketAddress> addresses, const base::Error& error) {
  for (const base::SocketAddress& address : addresses) {
    if (const auto probed = io::probe_address(address); !probed) {
      return why_not_listening(address, probed.error());
    }
  }
  return base::describe(error);
}

io::Task<std::optional<std::string>> first_not_free(
    io::Loop* loop, std::span<const base::SocketAddress> addresses) {
  const base::MonoTime deadline = loop->now() + kRelease;
  for (const base::SocketAddress& address : addresses) {
    auto probed = io::probe_address(address);
    while (!probed && probed.error().code == base::Code::kAddressInUse && loop->now() < deadline &&
           !io::address_owner(address)) {
      if (const auto slept = co_await loop->sleep_for(kReleasePoll); !slept) {
        break;
      }
      probed = io::probe_address(address);
    }
    if (!probed) {
      co_return why_not_listening(address, probed.error());
    }
  }
  co_return std::nullopt;
}

}  // namespace weft::node
