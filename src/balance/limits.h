// How much one loop may ask of one endpoint at a time. A slot is held as long as the connection or
// the wait lasts and gives itself back.
#pragma once

#include "base/limits.h"
#include "base/result.h"

#include <cstdint>
#include <utility>

namespace weft::balance {

// Per endpoint and loop. Source: contract/README.md "Every service through the gateway".
struct LimitOptions {
  std::uint32_t connections_max =
      static_cast<std::uint32_t>(base::default_of(base::Limit::kBackendConnections));
  // Requests that wait for a connection.
  std::uint32_t pending_max =
      static_cast<std::uint32_t>(base::default_of(base::Limit::kBackendPending));
};

// Lifetime: the counter outlives the slot; an endpoint with slots out is kept by its cluster.
// Thread:   its loop.
class LimitSlot final {
 public:
  LimitSlot() = default;
  explicit LimitSlot(std::uint32_t& counter) : counter_(&counter) { ++counter; }
  LimitSlot(LimitSlot&& other) noexcept : counter_(std::exchange(other.counter_, nullptr)) {}
  LimitSlot& operator=(LimitSlot&& other) noexcept {
    if (this != &other) {
      release();
      counter_ = std::exchange(other.counter_, nullptr);
    }
    return *this;
  }
  ~LimitSlot() { release(); }

  bool is_held() const { return counter_ != nullptr; }
  void release() {
    if (counter_ != nullptr) {
      --*std::exchange(counter_, nullptr);
    }
  }

 private:
  std::uint32_t* counter_ = nullptr;
};

// Lifetime: `options` outlives it and may change under it; slots already out stay.
// Thread:   its loop.
class Limits final {
 public:
  explicit Limits(const LimitOptions& options) : options_(options) {}
  Limits(const Limits&) = delete;
  Limits& operator=(const Limits&) = delete;

  // For a new connection, held until it is closed.
  // Errors: kLimit (side self, retry safe).
  base::Result<LimitSlot> take_connection();
  // For a request that waits because take_connection() was refused.
  // Errors: kOverloaded (side self, retry safe): answer 503 with Retry-After.
  base::Result<LimitSlot> take_pending();

  std::uint32_t connections() const { return connections_; }
  std::uint32_t pending() const { return pending_; }
  std::uint64_t connections_refused_total() const { return connections_refused_total_; }
  std::uint64_t pending_refused_total() const { return pending_refused_total_; }
  bool is_idle() const { return connections_ == 0 && pending_ == 0; }

 private:
  const LimitOptions& options_;
  std::uint32_t connections_ = 0;
  std::uint32_t pending_ = 0;
  std::uint64_t connections_refused_total_ = 0;
  std::uint64_t pending_refused_total_ = 0;
};

}  // namespace weft::balance
