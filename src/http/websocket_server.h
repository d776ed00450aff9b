// The server's way to a WebSocket: a route whose handler is given a running one.
#pragma once

#include "http/context.h"
#include "http/route.h"
#include "http/websocket.h"

#include <functional>
#include <string>

namespace weft::http {

// Speaks until it returns; the closing handshake is done for it. The WebSocket and the context live
// until then. It ends soon after receive() returns nullopt.
using WebSocketHandler = std::function<io::Task<void>(WebSocket&, Context&)>;

// A GET route that upgrades. What is no sound handshake is answered 400, another version than 13
// with 426, in the family's style.
Route websocket_route(std::string path, OperationFacts facts, WebSocketOptions options,
                      WebSocketHandler handler);

}  // namespace weft::http
