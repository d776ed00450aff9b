// GET /api/v1/changes/stream: a WebSocket that is sent every change, one JSON message each, in
// order and without gaps from `since` on.
#pragma once

#include "api/kit/parts.h"
#include "api/mesh/change_filter.h"
#include "base/meters.h"
#include "http/router.h"
#include "http/websocket.h"
#include "io/task.h"

#include <cstddef>
#include <cstdint>
#include <unordered_set>

namespace weft::api::mesh {

// A client is never waited for by others: it is sent what its queue has room for, the rest is read
// from the feed or the store when there is room again. One that takes nothing for limits.stall_ms
// is closed (1008) and counted; it comes again with the last index it has seen. Thread: the control
// loop. Lifetime: stop() comes before the server's, and that before destruction.
class ChangeStreams final {
 public:
  explicit ChangeStreams(const kit::Parts& parts);
  ChangeStreams(const ChangeStreams&) = delete;
  ChangeStreams& operator=(const ChangeStreams&) = delete;

  // Lifetime: this and `style` outlive the router.
  void add_route(http::Router& router, const http::FaceStyle& style);

  // Closes every socket (1001).
  void stop();

 private:
  struct Stream {
    http::WebSocket& socket;
    ChangeFilter filter;
    std::uint64_t next = 0;  // everything up to here is sent
  };
  enum class Room : std::uint8_t { kThereIs, kNever };

  io::Task<http::Response> begin(const http::Handler* upgrade, http::Context* context);
  io::Task<void> serve(http::WebSocket* socket, http::Context* context);
  static io::Task<void> send_all(ChangeStreams* streams, Stream* stream);
  io::Task<bool> send_news(Stream* stream);
  io::Task<base::Result<bool>> send_after(Stream* stream);
  void send(Stream& stream, const model::Change& change);
  bool has_room(const Stream& stream) const;
  io::Task<Room> await_room(Stream* stream);
  void end(Stream& stream, const base::Error& error);

  const kit::Parts& parts_;
  const http::WebSocketOptions options_;
  const base::Nanos patience_;
  base::MeterGroup group_;
  base::Counter& slow_;
  base::Gauge& clients_;
  bool is_stopping_ = false;
  std::unordered_set<http::WebSocket*> sockets_;
};

}  // namespace weft::api::mesh
