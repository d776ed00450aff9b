// What a person is told when an address cannot be listened on: which one, and who has it.
#pragma once

#include "base/address.h"
#include "base/error.h"

#include <optional>
#include <span>
#include <string>

namespace weft::node {

// "127.0.0.1:8000 is taken by nginx (pid 812)", "127.0.0.1:80: listen: forbidden (...)".
// Thread: any; reads /proc when the address is taken.
std::string why_not_listening(const base::SocketAddress& address, const base::Error& error);

// The loops of the gateway share their port among themselves (SO_REUSEPORT), so binding alone would
// let a second gateway share it too. This asks first.
// Returns: why_not_listening() of the first address that cannot be had alone.
std::optional<std::string> first_not_free(std::span<const base::SocketAddress> addresses);

}  // namespace weft::node
