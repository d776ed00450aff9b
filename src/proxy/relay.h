// Carries a body from one connection to another, piece by piece: the next piece is read when the
// last one was taken, so a slow receiver slows the sender and memory stays flat.
#pragma once

#include "base/result.h"
#include "base/time.h"
#include "http/server_connection.h"
#include "io/buffer.h"
#include "io/socket.h"
#include "io/task.h"
#include "proxy/body.h"

#include <cstdint>
#include <string_view>

namespace weft::proxy {

// Thread: one loop. Lifetime: what it refers to outlives the relay.
struct Relay {
  io::Socket& from;
  io::Buffer& buffer;  // of `from`; may hold the first bytes of the body, and of what follows it
  BodySource& source;
  io::Socket& to;
  SinkFraming framing = SinkFraming::kRaw;
  base::MonoTime deadline = base::kNever;         // of the whole relay
  base::Nanos idle_timeout = base::Seconds(60);   // of `from`, without a byte
  base::Nanos send_timeout = base::Seconds(60);   // of `to`, for one piece
  const http::ConnectionOptions* pace = nullptr;  // `from` is a client: how slow it may be
  std::uint64_t payload_max = ~std::uint64_t{0};  // of the body; more is an error of `from`
  std::uint64_t payload_bytes = 0;                // so far
  std::uint64_t sent_bytes = 0;                   // to `to`, heads and frames included
  std::uint64_t received_bytes = 0;               // from `from`, beyond what the buffer held
  bool send_failed = false;                       // after an error: `to` was at fault, not `from`
};

// Sends what lies in memory that others write to while this waits, such as a worker's scratch: it
// is copied first. At most HeadWriter::kCapacity bytes.
io::Task<base::Result<void>> send_scratch(io::Socket& to, std::string_view bytes,
                                          base::MonoTime deadline);

// Sends `head`, which may lie in scratch memory, and the whole body behind it. What follows the
// body stays in the buffer. Errors: of `from` with kClosed, kReset, kTimeout, kBadMessage,
// kBodyTooLarge; of `to` likewise, see send_failed.
io::Task<base::Result<void>> run_relay(Relay& relay, std::string_view head);

// For the answer that has come whole, as most do: one send by the caller instead of run_relay().
// Returns: `head` and the body behind it, in the relay's buffer; empty, and nothing has changed,
//          when the body is not all there or the two do not fit together.
std::string_view frame_whole(Relay& relay, std::string_view head);
base::MonoTime send_deadline(const Relay& relay);
// Takes what frame_whole() returned out of the buffer, once it was `sent`.
void end_whole(Relay& relay, std::string_view whole, const base::Result<void>& sent);

// Bytes both ways until both ends have closed, or one fails, or both idle too long (101, CONNECT).
// `a_buffer` holds what `a` said early. Returns the bytes carried in both directions.
struct Tunnel {
  io::Socket& a;
  io::Buffer& a_buffer;
  io::Socket& b;
  io::Buffer& b_buffer;
  base::Nanos idle_timeout = base::Seconds(3600);  // without a byte in either direction
  base::MonoTime last_byte{};                      // set by the tunnel
  std::uint64_t a_to_b_bytes = 0;
  std::uint64_t b_to_a_bytes = 0;
};
io::Task<void> run_tunnel(Tunnel& tunnel);

}  // namespace weft::proxy
