#include "proxy/body.h"

#include "base/check.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <utility>

namespace weft::proxy {
base::Result<Piece> BodySource::take(io::Buffer& buffer) {
  Piece piece;
  switch (kind_) {
    case wire::BodyKind::kNone:
      done_ = true;
      break;
    case wire::BodyKind::kLength:
      piece.payload = static_cast<std::size_t>(
          std::min<std::uint64_t>(remaining_, static_cast<std::uint64_t>(buffer.size())));
      piece.consumed = piece.payload;
      remaining_ -= piece.payload;
      done_ = remaining_ == 0;
      break;
    case wire::BodyKind::kChunked: {
      WEFT_TRY(const auto step, chunks_.decode({buffer.data(), buffer.size()}));
      piece.payload = step.payload;
      piece.consumed = step.consumed;
      done_ = step.done;
      break;
    }
    case wire::BodyKind::kUntilClose:
      piece.payload = piece.consumed = buffer.size();
      break;
  }
  piece.done = done_;
  return piece;
}

base::Result<void> BodySource::end() const {
  if (done_ || kind_ == wire::BodyKind::kUntilClose || kind_ == wire::BodyKind::kNone) {
    return {};
  }
  return base::fail(base::Code::kClosed, "the stream ended within a body");
}

Framed frame_piece(io::Buffer& buffer, const Piece& piece, SinkFraming framing,
                   std::string_view head) {
  std::array<char, 20> size_line;
  std::size_t size_bytes = 0;
  std::string_view tail;  // static text
  if (framing == SinkFraming::kChunked) {
    if (piece.payload > 0) {
      const auto end =
          std::to_chars(size_line.data(), size_line.data() + 16, piece.payload, 16).ptr;
      std::memcpy(end, "\r\n", 2);
      size_bytes = static_cast<std::size_t>(end - size_line.data()) + 2;
      tail = piece.done ? "\r\n0\r\n\r\n" : "\r\n";
    } else if (piece.done) {
      tail = wire::kLastChunk;
    }
  }
  const std::size_t before = head.size() + size_bytes;
  if (before > buffer.head_room()) {
    WEFT_ASSERT(!head.empty());  // a size line always fits into the headroom
    return {};
  }
  // Behind the payload may be room: the frame just taken out, or the reserve of kChunkTailBytes;
  // never what follows the body.
  const bool fits = piece.payload + tail.size() <= piece.consumed ||
                    (piece.consumed == buffer.size() &&
                     piece.payload + tail.size() <= buffer.size() + buffer.tail_room());
  std::size_t bytes = before + piece.payload;
  if (fits) {
    tail.copy(buffer.data() + piece.payload, tail.size());
    bytes += std::exchange(tail, {}).size();
  }
  char* front = buffer.prepend(before);
  head.copy(front, head.size());
  std::memcpy(front + head.size(), size_line.data(), size_bytes);
  return {{front, bytes}, tail, before};
}

}  // namespace weft::proxy
