#include "http/server_connection.h"

namespace weft::http {

using base::Code;
using base::Result;
using base::Side;

io::Task<Result<HeadEvent>> ServerConnection::read_head(wire::RequestHead& out) {
  io::Loop& loop = socket_.loop();
  std::size_t seen = 0;
  base::MonoTime deadline = loop.now() + options_.idle_timeout;
  if (!in_.empty()) {
    deadline = loop.now() + options_.head_timeout;
  }
  for (;;) {
    if (!in_.empty()) {
      WEFT_CO_TRY(const std::size_t bytes,
                  wire::parse_request_head(in_.view(), options_.head, out, seen));
      if (bytes > 0) {
        idle_ = false;
        co_return HeadEvent::kHead;
      }
      seen = in_.size();
    }
    idle_ = in_.empty();
    if (idle_ && draining_) {
      co_return HeadEvent::kEnd;
    }
    Result<std::size_t> count = 0;
    if (idle_) {
      in_.reset();  // an idle connection holds no buffer
      count = co_await socket_.recv_pooled(in_, deadline);
      deadline = loop.now() + options_.head_timeout;
    } else {
      if (in_.tail_room() == 0 && !in_.grow(loop.buffers())) {
        co_return base::fail(Code::kHeadTooLarge, "request head", Side::kClient);
      }
      count = co_await socket_.recv({in_.tail(), in_.tail_room()}, deadline);
      in_.commit(count.value_or(0));
    }
    if (!count && count.error().code == Code::kTimeout && idle_) {
      co_return HeadEvent::kEnd;
    }
    if (!count && count.error().code == Code::kTimeout) {
      co_return base::fail(Code::kTimeout, "the head of the request did not arrive in time",
                           Side::kClient);
    }
    if (!count) {
      co_return base::fail(count.error().code, "reading a request head", Side::kClient);
    }
    if (*count == 0) {
      if (idle_) {
        co_return HeadEvent::kEnd;
      }
      co_return base::fail(Code::kClosed, "the client left in mid-head", Side::kClient);
    }
  }
}

io::Task<Result<std::size_t>> ServerConnection::read_more() {
  if (in_.empty()) {
    in_.reset();
    co_return co_await socket_.recv_pooled(in_, progress_deadline());
  }
  if (in_.tail_room() == 0 && !in_.grow(socket_.loop().buffers())) {
    co_return base::fail(Code::kLimit, "the read buffer is full");
  }
  auto count = co_await socket_.recv({in_.tail(), in_.tail_room()}, progress_deadline());
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
