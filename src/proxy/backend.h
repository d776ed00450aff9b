// One endpoint as a loop connects to it: where it is and the connections kept to it.
#pragma once

#include "balance/attempt.h"
#include "balance/limits.h"
#include "base/address.h"
#include "http/pool.h"
#include "io/event.h"
#include "model/snapshot.h"

#include <cstdint>
#include <optional>
#include <string>

namespace weft::proxy {

// Lifetime: owned by its LoopCluster as long as the snapshot names the endpoint; an exchange that
// outlives that finds it gone by number and closes its connection.
// Thread:   its loop.
struct Backend {
  Backend(io::Loop& loop, const model::Endpoint& endpoint, const http::PoolOptions& pool_options);

  std::uint32_t number;
  std::string instance;  // its id, for X-Mesh-Instance and records
  std::string host;      // a name, when `address` is not known
  std::uint16_t port;
  std::optional<base::SocketAddress> address;  // a literal IP or a unix socket
  http::BackendPool pool;
  io::Event slot_freed;  // somebody let go of a connection slot
};

}  // namespace weft::proxy
