#include "http/server_body.h"

#include "wire/chunked.h"

#include <algorithm>
#include <span>

namespace weft::http {
namespace {

using base::Code;
using base::Result;
using base::Side;

std::unexpected<base::Error> too_large() {
  return base::fail(Code::kBodyTooLarge, "request body too large", Side::kClient);
}

// Waits for more of a body; the end of the stream is an error here.
io::Task<Result<>> receive(ServerConnection* connection, BodyProgress* progress) {
  const base::MonoTime deadline =
      body_deadline(connection->options(), connection->socket().loop().now(), *progress);
  const auto count = co_await connection->read_more(deadline);
  if (!count) {
    base::Error error = count.error();
    error.side = Side::kClient;
    if (error.code == Code::kTimeout) {
      error.what = "the body of the request stopped arriving";
    }
    co_return base::fail(error);
  }
  if (*count == 0) {
    co_return base::fail(Code::kClosed, "the client left in mid-body", Side::kClient);
  }
  progress->bytes += *count;
  co_return Result<>{};
}

io::Task<Result<std::string>> read_length(ServerConnection* connection, std::size_t length) {
  std::string body;
  BodyProgress progress{connection->socket().loop().now()};
  for (;;) {
    io::Buffer& in = connection->in();
    const std::size_t taken = std::min(in.size(), length - body.size());
    if (taken > 0) {  // the string grows with what came, not with what was announced
      body.append(in.data(), taken);
      in.consume(taken);
    }
    if (body.size() == length) {
      co_return body;
    }
    WEFT_CO_TRY_VOID(co_await receive(connection, &progress));
  }
}

io::Task<Result<std::string>> read_chunked(ServerConnection* connection, std::size_t limit) {
  std::string body;
  BodyProgress progress{connection->socket().loop().now()};
  wire::ChunkedDecoder decoder;
  for (;;) {
    io::Buffer& in = connection->in();
    if (!in.empty()) {
      WEFT_CO_TRY(const wire::ChunkedStep step, decoder.decode({in.data(), in.size()}));
      if (body.size() + step.payload > limit) {
        co_return too_large();
      }
      body.append(in.data(), step.payload);
      in.consume(step.consumed);
      if (step.done) {
        co_return body;
      }
    }
    WEFT_CO_TRY_VOID(co_await receive(connection, &progress));
  }
}

}  // namespace

io::Task<Result<std::string>> read_body(ServerConnection* connection, wire::Framing framing,
                                        std::size_t limit) {
  if (framing.body == wire::BodyKind::kChunked) {
    co_return co_await read_chunked(connection, limit);
  }
  if (framing.body != wire::BodyKind::kLength) {
    co_return std::string();
  }
  if (framing.content_length > limit) {
    co_return too_large();
  }
  co_return co_await read_length(connection, static_cast<std::size_t>(framing.content_length));
}

}  // namespace weft::http
