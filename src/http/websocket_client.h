// The client's way to a WebSocket: connect, shake hands, speak.
#pragma once

#include "base/address.h"
#include "base/result.h"
#include "http/headers.h"
#include "http/websocket.h"
#include "io/loop.h"

#include <memory>
#include <string>

namespace weft::http {

struct WebSocketRequest {
  base::SocketAddress to;
  std::string host;                        // the Host field
  std::string target = "/";                // path and query
  Headers fields = {};                     // further ones, such as Authorization
  base::MonoTime deadline = base::kNever;  // of connecting and shaking hands
};

// A WebSocket with the connection it runs on. Thread: its loop.
// Lifetime: socket().finish() has ended before it is destroyed.
class WebSocketClient final {
 public:
  WebSocketClient(io::Socket connection, io::Buffer in, const WebSocketOptions& options)
      : connection_(std::move(connection)),
        in_(std::move(in)),
        socket_(connection_, in_, wire::WebsocketRole::kClient, options) {}

  WebSocket& socket() { return socket_; }

 private:
  io::Socket connection_;
  io::Buffer in_;
  WebSocket socket_;
};

// Returns: a client whose socket is started.
// Errors:  kRefused, kUnreachable, kTimeout, kReset, kClosed, kBadMessage (no sound handshake),
//          kForbidden (another status than 101); side backend.
io::Task<base::Result<std::unique_ptr<WebSocketClient>>> open_websocket(io::Loop* loop,
                                                                        WebSocketRequest request,
                                                                        WebSocketOptions options);

}  // namespace weft::http
