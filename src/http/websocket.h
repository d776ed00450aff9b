// One end of a WebSocket, the server's or the client's: messages in by receive(), messages out
// through a bounded queue that never makes the sender wait. Pings, pongs and the closing handshake
// happen by themselves. Source: RFC 6455.
//
// A server gives a handler to websocket_route() (websocket_server.h), a client calls
// open_websocket() (websocket_client.h); both hand out a WebSocket that is running.
#pragma once

#include "base/limit_meters.h"
#include "base/result.h"
#include "http/websocket_queue.h"
#include "io/buffer.h"
#include "io/event.h"
#include "io/socket.h"
#include "io/task.h"
#include "wire/websocket_message.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace weft::http {

struct WebSocketOptions {
  // Of a message received; more closes with 1009.
  std::size_t message_bytes = base::default_of(base::Limit::kWebsocketMessageBytes);
  // That wait for a slow reader.
  std::size_t queue_messages = base::default_of(base::Limit::kWebsocketQueue);
  QueueOverflow overflow = QueueOverflow::kDropOldest;
  base::Nanos ping_interval = base::Seconds(15);
  base::Nanos silence_max = base::Seconds(40);  // not even a pong: the peer is gone
  // A reader that takes nothing is cut.
  base::Nanos progress_timeout = base::default_time_of(base::Limit::kStallMillis);
  // Counts what met a limit; outlives the socket. Null on a route: the server's own.
  base::LimitMeters* limits = nullptr;
};

// As this process has set them.
WebSocketOptions websocket_options(const base::Limits& limits);

struct WebSocketMessage {
  bool is_text = true;
  std::string payload;
};

// Thread: its loop. Lifetime: finish() has ended before it is destroyed; socket and buffer outlive
// it.
class WebSocket final {
 public:
  // `in` may hold bytes that came behind the handshake.
  WebSocket(io::Socket& socket, io::Buffer& in, wire::WebsocketRole role,
            const WebSocketOptions& options);
  WebSocket(const WebSocket&) = delete;
  WebSocket& operator=(const WebSocket&) = delete;

  // Begins to send; once, before anything else.
  void start();

  // The next message; one task at a time.
  // Returns: nullopt when the conversation has ended, in whatever way.
  io::Task<std::optional<WebSocketMessage>> receive();

  // Queues a text message; see WebSocketQueue::post. With QueueOverflow::kClose a full queue also
  // closes the socket (1008). Nobody's handler ends before post() returns, so that a list of
  // sockets can be walked with it.
  Posted post(std::string text, std::string_view topic = {});
  Posted post(std::shared_ptr<const std::string> text, std::string_view topic = {});

  // Says goodbye behind what is queued; receive() ends when the peer has answered.
  void close(wire::CloseCode code, std::string_view reason);
  // Also ends a receive() under way in another task, in the loop's next turn.
  void cut(wire::CloseCode code, std::string_view reason);

  // Closes if nobody did, sends what can still be sent within a second, and stops.
  io::Task<void> finish();

  bool is_open() const { return !close_queued_ && !is_ended_; }
  // As the peer sent it; 1005 when it sent none or is still there.
  std::uint16_t peer_close_code() const { return peer_close_code_; }
  const WebSocketQueue& queue() const { return queue_; }

 private:
  static io::Task<void> run_sender(WebSocket* self);
  io::Task<bool> send_batch();
  std::string take_batch();
  std::optional<WebSocketMessage> take_message();
  void note_limit(base::Limit limit);
  void append(std::string& out, wire::Opcode opcode, std::string_view payload);
  void refuse_input();
  void end_receive_soon();
  io::Task<bool> receive_bytes();

  io::Socket& socket_;
  io::Buffer& in_;
  io::Loop& loop_;
  const wire::WebsocketRole role_;
  const WebSocketOptions options_;
  wire::MessageAssembler assembler_;
  WebSocketQueue queue_;
  std::optional<std::string> pong_;   // payload of the newest ping, to be answered
  std::optional<std::string> close_;  // payload of a close that waits to be sent
  bool close_queued_ = false;         // post() refuses from here on
  bool is_ended_ = false;             // nothing more comes in
  bool is_sent_out_ = false;          // the close is sent, or sending failed
  base::MonoTime heard_;              // when the last byte came
  std::uint16_t peer_close_code_ = 1005;
  io::Event wake_;  // there is something to send
  io::TaskScope sending_;
  // Lets a message to the loop see whether this still lives.
  std::shared_ptr<WebSocket*> self_ = std::make_shared<WebSocket*>(this);
};

}  // namespace weft::http
