// Every limit on what comes from outside: one table with name, default, bounds, unit and meaning.
// A part takes its defaults from default_of(), a node hands it what was set. How often each said no
// is counted by limit_meters.h.
#pragma once

#include "base/error.h"
#include "base/time.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

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
  kBackendRequests,
  kClusterConnections,
  kClusterPending,
  kClusterRequests,
  kConnectionRequests,
  kAdaptiveRequests,
  kRateLimitKeys,
  kLoopRequests,
  kMirroredRequests,
  kRequestBytes,
  kResponseBytes,
  kLoopDelayMillis,
  kCount,
};

// One row. Lifetime: static.
struct LimitFacts {
  Limit limit;
  std::string_view name;   // of the setting limits.<name> and of the meter's label
  std::uint64_t fallback;  // the default
  std::uint64_t least;     // of what it may be set to
  std::uint64_t most;
  std::string_view unit;
  std::string_view what;  // and what is done to whoever meets it
};

// Sources: contract/README.md "Conventions" (bodies, stalls), "Every service through the gateway"
// (backends); the others are chosen: far above what real clients use, far below what would hurt a
// small machine. The bounds: a head fits one io::Buffer and a wire::HeaderList; less than the least
// would lock out the people who could change it back.
inline constexpr std::array<LimitFacts, static_cast<std::size_t>(Limit::kCount)> kLimitTable{{
    {Limit::kHeadBytes, "head_bytes", 64 * 1024, 1024, 64 * 1024, "bytes",
     "a message head; a client's: 431, a backend's: 502"},
    {Limit::kHeadFields, "head_fields", 100, 16, 128, "fields",
     "fields of a message head; a client's: 431, a backend's: 502"},
    {Limit::kUriBytes, "uri_bytes", 8 * 1024, 256, 64 * 1024, "bytes", "a request target; 414"},
    {Limit::kBodyBytes, "body_bytes", 8 * 1024 * 1024, 1024, 1024 * 1024 * 1024, "bytes",
     "a request body on the API; 413"},
    {Limit::kJsonDepth, "json_depth", 32, 4, 256, "levels",
     "arrays and objects inside one another; 422"},
    {Limit::kStallMillis, "stall_ms", 30'000, 100, 3'600'000, "ms",
     "a client that makes no progress; 408 while it sends, then cut"},
    {Limit::kIdleMillis, "idle_ms", 60'000, 100, 86'400'000, "ms",
     "a connection between two requests; closed"},
    {Limit::kControlConnections, "control_connections", 20'000, 8, 1'000'000, "connections",
     "clients of one admin-type listener; the newest is closed"},
    {Limit::kProxyConnections, "proxy_connections", 10'000, 1, 1'000'000, "connections",
     "clients of the gateway per loop; more wait to be accepted"},
    {Limit::kWebsocketMessageBytes, "websocket_message_bytes", 1024 * 1024, 1024, 64 * 1024 * 1024,
     "bytes", "a message from a WebSocket client of the API; close code 1009"},
    {Limit::kWebsocketQueue, "websocket_queue", 64, 1, 100'000, "messages",
     "messages that wait for a slow WebSocket reader; older ones give way or it is cut"},
    {Limit::kWatchers, "watchers", 20'000, 1, 1'000'000, "requests",
     "requests that wait for a change; 503"},
    {Limit::kBackendConnections, "backend_connections", 1'024, 1, 1'000'000, "connections",
     "connections to one endpoint per loop, unless its service says otherwise; requests wait"},
    {Limit::kBackendPending, "backend_pending", 1'024, 0, 1'000'000, "requests",
     "requests that wait for a connection to one endpoint per loop, unless its service says "
     "otherwise; 503"},
    {Limit::kServices, "services", 100'000, 1, 10'000'000, "services", "registered services; 429"},
    {Limit::kInstances, "instances", 1'000'000, 1, 10'000'000, "instances",
     "registered instances; 429"},
    {Limit::kAccessLogRingBytes, "access_log_ring_bytes", 1024 * 1024, 64 * 1024,
     1024 * 1024 * 1024, "bytes",
     "access log lines that wait to be written, per loop; further ones are dropped"},
    {Limit::kBackendRequests, "backend_requests", 0, 0, 1'000'000, "requests",
     "requests under way at one endpoint per loop, unless its service says otherwise, 0 is no "
     "limit; "
     "503 when all are full"},
    {Limit::kClusterConnections, "cluster_connections", 0, 0, 1'000'000, "connections",
     "connections in use to all endpoints of a service per loop, unless it says otherwise, 0 is no "
     "limit; requests wait"},
    {Limit::kClusterPending, "cluster_pending", 0, 0, 1'000'000, "requests",
     "requests that wait for a connection to a service per loop, unless it says otherwise, 0 is no "
     "limit; 503"},
    {Limit::kClusterRequests, "cluster_requests", 0, 0, 1'000'000, "requests",
     "requests under way at a service per loop, unless it says otherwise, 0 is no limit; 503"},
    {Limit::kConnectionRequests, "connection_requests", 0, 0, 1'000'000'000, "requests",
     "requests that a connection to a backend carries, unless its service says otherwise, 0 is no "
     "limit; it is closed"},
    {Limit::kAdaptiveRequests, "adaptive_requests", 1'000, 1, 1'000'000, "requests",
     "requests under way at a service per loop that its adaptive limit, where it has one, grows "
     "to; "
     "503 beyond what it allows"},
    {Limit::kRateLimitKeys, "rate_limit_keys", 100'000, 1, 10'000'000, "keys",
     "keys that one rate limiter of a loop remembers; the least recently used gives way"},
    {Limit::kLoopRequests, "loop_requests", 0, 0, 1'000'000, "requests",
     "requests under way on one loop, 0 is no limit; 503"},
    {Limit::kMirroredRequests, "mirrored_requests", 64, 1, 100'000, "requests",
     "copies of requests under way per loop; further ones are not made"},
    {Limit::kRequestBytes, "request_bytes", 0, 0, 1ULL << 50, "bytes",
     "a request body through the gateway, unless its service says otherwise, 0 is no limit; 413"},
    {Limit::kResponseBytes, "response_bytes", 0, 0, 1ULL << 50, "bytes",
     "an answer's body through the gateway, unless its service says otherwise, 0 is no limit; 502, "
     "or cut"},
    {Limit::kLoopDelayMillis, "loop_delay_ms", 250, 0, 60'000, "ms",
     "how long requests wait for their loop, at the least, for a whole second, 0 is no limit; a "
     "growing "
     "share: 503"},
}};

constexpr const LimitFacts& facts_of(Limit limit) {
  return kLimitTable[static_cast<std::size_t>(limit)];
}

constexpr std::uint64_t default_of(Limit limit) { return facts_of(limit).fallback; }
// Of a limit in milliseconds.
constexpr Nanos default_time_of(Limit limit) { return Millis(default_of(limit)); }

// Returns: nullopt for a name that is not in the table.
std::optional<Limit> limit_by_name(std::string_view name);

// The limit that a message met when it was refused with this code. Returns: nullopt for a code that
// says nothing about a limit, or not which.
std::optional<Limit> limit_met(Code code);

// The limits as this process has set them. Thread: any (a value).
class Limits final {
 public:
  Limits();
  std::uint64_t operator[](Limit limit) const { return values_[static_cast<std::size_t>(limit)]; }
  // Of a limit in milliseconds.
  Nanos time(Limit limit) const { return Millis((*this)[limit]); }
  void set(Limit limit, std::uint64_t value) { values_[static_cast<std::size_t>(limit)] = value; }

 private:
  std::array<std::uint64_t, kLimitTable.size()> values_;
};

}  // namespace weft::base
