#include "http/websocket_client.h"

#include "wire/http1.h"
#include "wire/websocket.h"

#include <fmt/format.h>

#include <iterator>

namespace weft::http {
namespace {

using base::Code;
using base::Result;
using base::Side;

std::string encode_handshake(const WebSocketRequest& request, std::string_view key) {
  std::string head = fmt::format(
      "GET {} HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {}\r\n",
      request.target, request.host, key);
  for (const auto& [name, value] : request.fields) {
    fmt::format_to(std::back_inserter(head), "{}: {}\r\n", name, value);
  }
  head += "\r\n";
  return head;
}

// Looks at what has come of the answer. Returns: its length, 0 when more is needed.
Result<std::size_t> check_answer(std::string_view input, std::string_view key) {
  wire::ResponseHead head;
  WEFT_TRY(const std::size_t bytes, wire::parse_response_head(input, wire::Method::kGet, {}, head));
  if (bytes == 0) {
    return 0U;
  }
  if (head.status != 101) {
    return base::fail(Code::kForbidden, "the peer does not switch to WebSocket", Side::kBackend);
  }
  WEFT_TRY_VOID(wire::validate_websocket_response(head, key));
  return bytes;
}

io::Task<Result<>> read_answer(io::Socket* socket, io::Buffer* in, std::string key,
                               base::MonoTime deadline) {
  WEFT_CO_TRY(std::size_t count, co_await socket->recv_pooled(*in, deadline));
  while (count > 0) {
    WEFT_CO_TRY(const std::size_t bytes, check_answer(in->view(), key));
    if (bytes > 0) {
      in->consume(bytes);
      co_return Result<>{};
    }
    if (in->tail_room() == 0) {
      co_return base::fail(Code::kHeadTooLarge, "WebSocket handshake", Side::kBackend);
    }
    WEFT_CO_TRY(count, co_await socket->recv({in->tail(), in->tail_room()}, deadline));
    in->commit(count);
  }
  co_return base::fail(Code::kClosed, "the peer left during the handshake", Side::kBackend);
}

}  // namespace

io::Task<Result<std::unique_ptr<WebSocketClient>>> open_websocket(io::Loop* loop,
                                                                  WebSocketRequest request,
                                                                  WebSocketOptions options) {
  WEFT_CO_TRY(io::Socket socket, co_await io::connect(*loop, request.to, request.deadline));
  const std::string key = wire::make_websocket_key(loop->random());
  const std::string handshake = encode_handshake(request, key);
  WEFT_CO_TRY_VOID(co_await socket.send(handshake, request.deadline));
  io::Buffer in;
  WEFT_CO_TRY_VOID(co_await read_answer(&socket, &in, key, request.deadline));
  auto client = std::make_unique<WebSocketClient>(std::move(socket), std::move(in), options);
  client->socket().start();
  co_return client;
}

}  // namespace weft::http
