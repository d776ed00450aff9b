// What a person is told when an address cannot be listened on: which one, and who has it.
#pragma once

#include "base/address.h"
#include "base/error.h"
#include "io/loop.h"
#include "io/task.h"

#include <optional>
#include <span>
#include <string>

namespace weft::node {

// "127.0.0.1:8000 is taken by nginx (pid 812)", "127.0.0.1:80: listen: forbidden (...)".
// Thread: any; reads /proc when the address is taken.
std::string why_not_listening(const base::SocketAddress& address, const base::Error& error);

// The same when opening several failed: of the one that is taken now, if there is one.
std::string why_not_open(std::span<const base::SocketAddress> addresses, const base::Error& error);

// The loops of the gateway share their port among themselves (SO_REUSEPORT), so binding alone would
// let a second gateway share it too. This asks first. An address that nobody seems to have is
// waited for up to two seconds: the kernel closes the listeners of a killed process's ring a little
// later. Returns: why_not_listening() of the first address that cannot be had alone. Lifetime:
// `loop` and `addresses` until it returns.
io::Task<std::optional<std::string>> first_not_free(io::Loop* loop,
                                                    std::span<const base::SocketAddress> addresses);

}  // namespace weft::node
