#include "http/server_connection.h"

#include <algorithm>

namespace weft::http {

using base::Code;
using base::Limit;
using base::Result;
using base::Side;

static_assert(base::facts_of(Limit::kHeadBytes).most + io::Buffer::kHeadroom <=
              io::BufferPool::kBulkBytes);

ConnectionOptions connection_options(const base::Limits& limits) {
  return {.head = wire::head_limits(limits),
          .idle_timeout = limits.time(Limit::kIdleMillis),
          .head_timeout = limits.time(Limit::kStallMillis),
          .progress_timeout = limits.time(Limit::kStallMillis)};
}

std::optional<Limit> client_limit_met(Code code) {
  return code == Code::kTimeout ? Limit::kStallMillis : base::limit_met(code);
}

io::Task<Result<HeadEvent>> ServerConnection::read_head(wire::RequestHead& out) {
  if (in_.empty()) {
    if (!may_come()) {
      co_return HeadEvent::kEnd;
    }
    const auto count = co_await first_bytes();
    const auto event = take_first(count, out);
    if (event) {
      co_return *event;
    }
  }
  co_return co_await read_rest_of_head(out);
}

io::RecvOperation ServerConnection::first_bytes() {
  idle_ = true;
  in_.reset();  // an idle connection holds no buffer
  return socket_.recv_pooled(in_, socket_.loop().now() + options_.idle_timeout);
}

std::optional<Result<HeadEvent>> ServerConnection::take_first(const Result<std::size_t>& count,
                                                              wire::RequestHead& out) {
  if (!count && count.error().code == Code::kTimeout) {
    return HeadEvent::kIdled;
  }
  if (!count) {
    return base::fail(count.error().code, "reading a request head", Side::kClient);
  }
  if (*count == 0) {
    return HeadEvent::kEnd;
  }
  idle_ = false;
  return parse_head(out, 0);
}

// Returns: nullopt when the head is not all there.
std::optional<Result<HeadEvent>> ServerConnection::parse_head(wire::RequestHead& out,
                                                              std::size_t seen) {
  const auto bytes = wire::parse_request_head(in_.view(), options_.head, out, seen);
  if (!bytes) {
    return base::fail(bytes.error());
  }
  if (*bytes == 0) {
    return std::nullopt;
  }
  new_ = false;
  return HeadEvent::kHead;
}

io::Task<Result<HeadEvent>> ServerConnection::read_rest_of_head(wire::RequestHead& out) {
  io::Loop& loop = socket_.loop();
  const base::MonoTime deadline = loop.now() + options_.head_timeout;
  idle_ = false;
  for (std::size_t seen = 0;;) {
    const auto event = parse_head(out, seen);
    if (event) {
      co_return *event;
    }
    seen = in_.size();
    if (in_.tail_room() == 0 && !in_.grow(loop.buffers())) {
      co_return base::fail(Code::kHeadTooLarge, "request head", Side::kClient);
    }
    const auto count = co_await socket_.recv({in_.tail(), in_.tail_room()}, deadline);
    in_.commit(count.value_or(0));
    if (!count && count.error().code == Code::kTimeout) {
      co_return base::fail(Code::kTimeout, "the head of the request did not arrive in time",
                           Side::kClient);
    }
    if (!count) {
      co_return base::fail(count.error().code, "reading a request head", Side::kClient);
    }
    if (*count == 0) {
      co_return base::fail(Code::kClosed, "the client left in mid-head", Side::kClient);
    }
  }
}

base::MonoTime body_deadline(const ConnectionOptions& options, base::MonoTime now,
                             const BodyProgress& progress) {
  const auto earned = base::Millis(
      static_cast<std::int64_t>(progress.bytes * 1000 / options.body_bytes_per_second_min));
  return std::min(now, progress.begun + earned) + options.progress_timeout;
}

io::Task<Result<std::size_t>> ServerConnection::read_more(base::MonoTime deadline) {
  if (in_.empty()) {
    in_.reset();
    co_return co_await socket_.recv_pooled(in_, deadline);
  }
  if (in_.tail_room() == 0 && !in_.grow(socket_.loop().buffers())) {
    co_return base::fail(Code::kLimit, "the read buffer is full");
  }
  auto count = co_await socket_.recv({in_.tail(), in_.tail_room()}, deadline);
  in_.commit(count.value_or(0));
  co_return count;
}

io::Task<void> ServerConnection::close_gracefully() {
  constexpr std::size_t kDropBytesMax = 256 * 1024;
  constexpr base::Nanos kDropTime = base::Millis(500);
  socket_.shutdown_write();
  in_.reset();
  const base::MonoTime deadline = socket_.loop().now() + kDropTime;
  for (std::size_t dropped = 0; dropped < kDropBytesMax;) {
    in_.reset();
    const auto count = co_await socket_.recv_pooled(in_, deadline);
    if (!count || *count == 0) {
      break;
    }
    dropped += *count;
  }
  in_.reset();
}

}  // namespace weft::http
