// Every limit on what comes from outside: one table with name, default, unit and meaning, and a
// meter that counts how often each was reached.
#pragma once

#include "base/meters.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace weft::base {

enum class Limit : std::uint8_t {
  kHeadBytes,
  kHeadFields,
  kUriBytes,
  kBodyBytes,
  kJsonDepth,
  kStallMillis,
  kIdleMillis,
  kControlConnections,
  kProxyConnections,
  kWebsocketMessageBytes,
  kWebsocketQueue,
  kWatchers,
  kBackendConnections,
  kBackendPending,
  kServices,
  kInstances,
  kAccessLogRingBytes,
  kCount,
};

// One row. Lifetime: static.
struct LimitFacts {
  Limit limit;
  std::string_view name;  // of the setting limits.<name> and of the meter's label
  std::uint64_t fallback;
  std::string_view unit;
  std::string_view what;
};

// Sources: contract/README.md "Conventions" (bodies, stalls), "Every service through the gateway"
// (backends); dataplane.md (heads); the others are chosen: far above what real clients use, far
// below what would hurt a small machine.
inline constexpr std::array<LimitFacts, static_cast<std::size_t>(Limit::kCount)> kLimitTable{{
    {Limit::kHeadBytes, "head_bytes", 64 * 1024, "bytes", "a message head; 431"},
    {Limit::kHeadFields, "head_fields", 100, "fields", "fields of a message head; 431"},
    {Limit::kUriBytes, "uri_bytes", 8 * 1024, "bytes", "a request target; 414"},
    {Limit::kBodyBytes, "body_bytes", 8 * 1024 * 1024, "bytes", "a request body on the API; 413"},
    {Limit::kJsonDepth, "json_depth", 32, "levels", "arrays and objects inside one another; 422"},
    {Limit::kStallMillis, "stall_ms", 30'000, "ms", "a client that makes no progress; 408, cut"},
    {Limit::kIdleMillis, "idle_ms", 60'000, "ms", "a connection between two requests; closed"},
    {Limit::kControlConnections, "control_connections", 10'000, "connections",
     "clients of one admin-type listener; the newest is closed"},
    {Limit::kProxyConnections, "proxy_connections", 100'000, "connections",
     "clients of the gateway per loop; the newest is closed"},
    {Limit::kWebsocketMessageBytes, "websocket_message_bytes", 1024 * 1024, "bytes",
     "a message from a WebSocket client; close code 1009"},
    {Limit::kWebsocketQueue, "websocket_queue", 64, "messages",
     "messages that wait for a slow WebSocket reader; older ones give way or it is cut"},
    {Limit::kWatchers, "watchers", 10'000, "requests", "requests that wait for a change; 503"},
    {Limit::kBackendConnections, "backend_connections", 1'024, "connections",
     "connections to one endpoint per loop; 503"},
    {Limit::kBackendPending, "backend_pending", 1'024, "requests",
     "requests that wait for a connection to one endpoint per loop; 503"},
    {Limit::kServices, "services", 100'000, "services", "registered services; 503"},
    {Limit::kInstances, "instances", 1'000'000, "instances", "registered instances; 503"},
    {Limit::kAccessLogRingBytes, "access_log_ring_bytes", 1024 * 1024, "bytes",
     "access log lines that wait to be written, per loop; further ones are dropped"},
}};

constexpr const LimitFacts& facts_of(Limit limit) {
  return kLimitTable[static_cast<std::size_t>(limit)];
}

// Returns: nullopt for a name that is not in the table.
std::optional<Limit> limit_by_name(std::string_view name);

// The limits as this process has set them. Thread: any (a value).
class Limits final {
 public:
  Limits();
  std::uint64_t operator[](Limit limit) const { return values_[static_cast<std::size_t>(limit)]; }
  void set(Limit limit, std::uint64_t value) { values_[static_cast<std::size_t>(limit)] = value; }

 private:
  std::array<std::uint64_t, kLimitTable.size()> values_;
};

// weft_limit_reached_total{limit="..."}: how often each limit said no. One per loop.
// Thread: its loop.
class LimitMeters final {
 public:
  explicit LimitMeters(MeterRegistry& registry);
  void reached(Limit limit) { counters_[static_cast<std::size_t>(limit)]->add(); }
  std::uint64_t count(Limit limit) const {
    return counters_[static_cast<std::size_t>(limit)]->value();
  }

 private:
  MeterGroup group_;
  std::array<Counter*, kLimitTable.size()> counters_{};
};

}  // namespace weft::base
