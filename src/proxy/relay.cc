#include "proxy/relay.h"

#include <algorithm>

namespace weft::proxy {
namespace {

// Beyond so many bulk buffers of a loop, bodies go in small pieces, so that many slow receivers do
// not hold one each. chosen: 17 MiB per loop.
constexpr std::size_t kBulkInUseMax = 256;

base::MonoTime deadline_in(const Relay& relay, base::Nanos time) {
  return std::min(relay.deadline, relay.from.loop().now() + time);
}

// An empty buffer of the size that suits what is still to come.
void fit_buffer(Relay& relay) {
  using Size = io::BufferPool::Size;
  io::BufferPool& pool = relay.from.loop().buffers();
  const bool is_large = relay.source.kind() != wire::BodyKind::kLength ||
                        relay.source.remaining() > io::BufferPool::kSmallBytes / 2;
  const bool has_bulk = relay.buffer.capacity() >= io::BufferPool::kBulkBytes;
  if (is_large && !has_bulk && pool.in_use(Size::kBulk) < kBulkInUseMax) {
    relay.buffer = pool.take(Size::kBulk);
  } else if (!relay.buffer) {
    relay.buffer = pool.take(Size::kSmall);
  }
}

// Receives the next bytes.
io::Task<base::Result<std::size_t>> receive(Relay& relay, base::MonoTime begun) {
  io::Buffer& buffer = relay.buffer;
  if (buffer.empty()) {
    fit_buffer(relay);
  }
  const std::size_t room = buffer.tail_room() - kChunkTailBytes;
  const base::MonoTime now = relay.from.loop().now();
  const base::MonoTime deadline =
      relay.pace != nullptr
          ? std::min(relay.deadline,
                     http::body_deadline(*relay.pace, now, {begun, relay.received_bytes}))
          : deadline_in(relay, relay.idle_timeout);
  const auto count = co_await relay.from.recv({buffer.tail(), room}, deadline);
  buffer.commit(count.value_or(0));
  relay.received_bytes += count.value_or(0);
  co_return count;
}

io::Task<base::Result<void>> send(Relay& relay, std::string_view bytes) {
  const auto sent = co_await relay.to.send(bytes, send_deadline(relay));
  relay.send_failed = !sent;
  relay.sent_bytes += sent ? bytes.size() : 0;
  co_return sent;
}

io::Task<base::Result<void>> send_large_head(Relay& relay, std::string_view head) {
  const auto sent = co_await send_scratch(relay.to, head, send_deadline(relay));
  relay.send_failed = !sent;
  relay.sent_bytes += sent ? head.size() : 0;
  co_return sent;
}

}  // namespace

io::Task<base::Result<void>> send_scratch(io::Socket& to, std::string_view bytes,
                                          base::MonoTime deadline) {
  const bool is_small = bytes.size() <= io::BufferPool::kSmallBytes - io::Buffer::kHeadroom;
  io::Buffer own = to.loop().buffers().take(is_small ? io::BufferPool::Size::kSmall
                                                     : io::BufferPool::Size::kBulk);
  own.append(bytes);
  co_return co_await to.send(own.view(), deadline);
}

io::Task<base::Result<void>> run_relay(Relay& relay, std::string_view head) {
  const base::MonoTime begun = relay.from.loop().now();
  for (;;) {
    WEFT_CO_TRY(const Piece piece, relay.source.take(relay.buffer));
    relay.payload_bytes += piece.payload;
    if (relay.payload_bytes > relay.payload_max) {
      co_return base::fail(base::Code::kBodyTooLarge, "the body is larger than its service allows");
    }
    Framed framed = frame_piece(relay.buffer, piece, relay.framing, head);
    if (framed.bytes.empty() && !head.empty()) {
      WEFT_CO_TRY_VOID(co_await send_large_head(relay, head));
      framed = frame_piece(relay.buffer, piece, relay.framing, {});
    }
    head = {};
    if (!framed.bytes.empty()) {
      WEFT_CO_TRY_VOID(co_await send(relay, framed.bytes));
    }
    if (!framed.rest.empty()) {
      WEFT_CO_TRY_VOID(co_await send(relay, framed.rest));
    }
    relay.buffer.consume(framed.added + piece.consumed);
    if (piece.done) {
      co_return base::Result<void>();
    }
    WEFT_CO_TRY(const std::size_t count, co_await receive(relay, begun));
    if (count == 0) {
      WEFT_CO_TRY_VOID(relay.source.end());
      if (relay.framing == SinkFraming::kChunked) {
        co_return co_await send(relay, wire::kLastChunk);
      }
      co_return base::Result<void>();
    }
  }
}

std::string_view frame_whole(Relay& relay, std::string_view head) {
  if (relay.framing != SinkFraming::kRaw || !relay.source.is_whole_in(relay.buffer) ||
      head.size() > relay.buffer.head_room()) {
    return {};
  }
  const auto piece = relay.source.take(relay.buffer);
  WEFT_ASSERT(piece && piece->done);
  return frame_piece(relay.buffer, *piece, SinkFraming::kRaw, head).bytes;
}

base::MonoTime send_deadline(const Relay& relay) { return deadline_in(relay, relay.send_timeout); }

void end_whole(Relay& relay, std::string_view whole, const base::Result<void>& sent) {
  relay.buffer.consume(whole.size());
  relay.send_failed = !sent;
  relay.sent_bytes += sent ? whole.size() : 0;
}

namespace {

struct Direction {
  Tunnel& tunnel;
  io::Socket& from;
  io::Buffer& buffer;
  io::Socket& to;
  std::uint64_t& bytes;
};

// Waits for the next bytes; a quiet direction lasts as long as the other one talks.
io::Task<base::Result<std::size_t>> receive_any(Direction& direction) {
  const io::Loop& loop = direction.from.loop();
  const base::Nanos idle = direction.tunnel.idle_timeout;
  for (;;) {
    const auto count =
        co_await direction.from.recv_pooled(direction.buffer, direction.tunnel.last_byte + idle);
    const bool quiet = !count && count.error().code == base::Code::kTimeout;
    if (!quiet || loop.now() - direction.tunnel.last_byte >= idle) {
      co_return count;
    }
  }
}

// One direction of a tunnel. An orderly end is passed on as a half-close; a failure cuts both.
io::Task<void> pump(Direction direction) {
  io::Loop& loop = direction.from.loop();
  for (;;) {
    if (!direction.buffer.empty()) {
      const auto sent = co_await direction.to.send(direction.buffer.view(),
                                                   loop.now() + direction.tunnel.idle_timeout);
      if (!sent) {
        break;
      }
      direction.bytes += direction.buffer.size();
      direction.tunnel.last_byte = loop.now();
    }
    direction.buffer.reset();
    const auto count = co_await receive_any(direction);
    if (!count) {
      break;
    }
    if (*count == 0) {
      direction.to.shutdown_write();
      co_return;
    }
  }
  direction.buffer.reset();
  direction.from.cancel_waits();
  direction.to.cancel_waits();
}

}  // namespace

io::Task<void> run_tunnel(Tunnel& tunnel) {
  tunnel.last_byte = tunnel.a.loop().now();
  io::TaskScope scope;
  scope.spawn("tunnel client to backend",
              pump({tunnel, tunnel.a, tunnel.a_buffer, tunnel.b, tunnel.a_to_b_bytes}));
  scope.spawn("tunnel backend to client",
              pump({tunnel, tunnel.b, tunnel.b_buffer, tunnel.a, tunnel.b_to_a_bytes}));
  co_await scope.join();
}

}  // namespace weft::proxy
