// A body on its way through: taken out of one framing, put into another, in place in one buffer.
// Pure players; relay.h is the conductor.
#pragma once

#include "base/result.h"
#include "io/buffer.h"
#include "wire/chunked.h"
#include "wire/http1.h"

#include <cstdint>
#include <string_view>

namespace weft::proxy {

// The payload that lies at the front of a buffer after BodySource::take().
struct Piece {
  std::size_t payload = 0;   // bytes at the front that go on
  std::size_t consumed = 0;  // bytes of the buffer that belong to the body, payload included
  bool done = false;         // the body ends with this piece
};

// Where a body comes from: knows its framing and how much is still to come.
// Thread: its loop.
class BodySource final {
 public:
  BodySource() = default;
  explicit BodySource(const wire::Framing& framing)
      : kind_(framing.body), remaining_(framing.content_length) {}

  // Takes the framing out of what lies in `buffer`; payload moves to its front.
  // Errors: kBadMessage (broken chunks), kBodyTooLarge (trailers).
  base::Result<Piece> take(io::Buffer& buffer);

  // Does the rest of the body lie in `buffer`, without a frame around it? Then take() ends it.
  bool is_whole_in(const io::Buffer& buffer) const {
    return kind_ == wire::BodyKind::kNone ||
           (kind_ == wire::BodyKind::kLength && remaining_ <= buffer.size());
  }

  // The stream ended. Errors: kClosed when the body says that more should have come.
  base::Result<void> end() const;

  // Nothing more will come: the body is empty or was taken whole.
  bool is_done() const { return done_; }
  std::uint64_t remaining() const { return remaining_; }  // bytes; with a length only
  wire::BodyKind kind() const { return kind_; }

 private:
  wire::BodyKind kind_ = wire::BodyKind::kNone;
  std::uint64_t remaining_ = 0;
  wire::ChunkedDecoder chunks_;
  bool done_ = false;
};

enum class SinkFraming : std::uint8_t { kRaw, kChunked };

// Bytes kept free behind what is received, so that the end of a chunk mostly has room.
inline constexpr std::size_t kChunkTailBytes = 16;

// A piece ready to be sent, still in its buffer.
struct Framed {
  std::string_view bytes;  // head, size line, payload, and the end of the chunk where it has room
  std::string_view rest;   // the end of the chunk otherwise, to be sent next; static text
  std::size_t added = 0;   // bytes put before the payload
};

// Frames the piece at the front of `buffer` and puts `head` (a message head, or nothing) before it.
// Once it is sent, the caller consumes `added + piece.consumed`.
// Returns: no bytes and nothing changed when `head` does not fit before the piece: send it by
//          itself, then call again without it.
Framed frame_piece(io::Buffer& buffer, const Piece& piece, SinkFraming framing,
                   std::string_view head);

}  // namespace weft::proxy
