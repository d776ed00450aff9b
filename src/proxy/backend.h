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
#include <utility>

namespace weft::proxy {

// Lifetime: owned by its LoopCluster as long as the snapshot names the endpoint, and until the last
//           BackendPin is gone. An exchange that outlives the endpoint finds it gone by number and
//           closes its connection, but can still say who answered.
// Thread:   its loop.
struct Backend {
  Backend(io::Loop& loop, const model::Endpoint& endpoint, const http::PoolOptions& pool_options);

  std::uint32_t number;
  std::string instance;  // its id, for X-Mesh-Instance and records
  std::string host;      // a name, when `address` is not known
  std::uint16_t port;
  std::optional<base::SocketAddress> address;  // a literal IP or a unix socket
  http::BackendPool pool;
  io::Event slot_freed;    // somebody let go of a connection slot
  std::uint32_t pins = 0;  // exchanges that call it
};

// Keeps a backend that an exchange has chosen. Thread: its loop. Lifetime: ends before the
// exchange ends its use of the cluster.
class BackendPin final {
 public:
  BackendPin() = default;
  explicit BackendPin(Backend* backend) : backend_(backend) {
    if (backend_ != nullptr) {
      ++backend_->pins;
    }
  }
  BackendPin(BackendPin&& other) noexcept : backend_(std::exchange(other.backend_, nullptr)) {}
  BackendPin& operator=(BackendPin&& other) noexcept {
    std::swap(backend_, other.backend_);
    return *this;
  }
  BackendPin(const BackendPin&) = delete;
  BackendPin& operator=(const BackendPin&) = delete;
  ~BackendPin() { reset(); }

  void reset() {
    if (backend_ != nullptr) {
      --std::exchange(backend_, nullptr)->pins;
    }
  }
  // Null before one was chosen.
  const Backend* operator->() const { return backend_; }
  explicit operator bool() const { return backend_ != nullptr; }

 private:
  Backend* backend_ = nullptr;
};

}  // namespace weft::proxy
