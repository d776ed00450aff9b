// Bodies on their way through: whatever their framing and in whatever pieces they come, what goes
// on holds the same payload, whole, and ends where the payload ends.
#include "fuzz.h"
#include "proxy/body.h"

#include <algorithm>
#include <string>

namespace {

using namespace weft;
using proxy::BodySource;
using proxy::Piece;
using proxy::SinkFraming;
using wire::BodyKind;

// What became of a body.
struct Passed {
  std::string sent;        // as the other side gets it
  std::size_t taken = 0;   // bytes of the input that belonged to the body
  bool done = false;       // it has ended
  bool is_broken = false;  // it is none
};

// As a relay does it (proxy/relay.cc): one buffer, filled by at most `step` bytes.
Passed pass(BodySource source, std::string_view input, std::size_t step, SinkFraming framing) {
  io::BufferPool pool;
  io::Buffer buffer = pool.take(io::BufferPool::Size::kSmall);
  Passed out;
  std::size_t given = 0;
  for (;;) {
    const auto piece = source.take(buffer);
    if (!piece) {
      out.is_broken = true;
      return out;
    }
    out.taken += piece->consumed;
    const proxy::Framed framed = proxy::frame_piece(buffer, *piece, framing, {});
    out.sent.append(framed.bytes).append(framed.rest);
    buffer.consume(framed.added + piece->consumed);
    if (piece->done) {
      out.done = true;
      return out;
    }
    WEFT_ASSERT(buffer.empty());  // a body that goes on takes all there is
    if (given == input.size()) {
      return out;
    }
    const std::size_t room = buffer.tail_room() - proxy::kChunkTailBytes;
    const std::string_view next = input.substr(given, std::min(step, room));
    buffer.append(next);
    given += next.size();
  }
}

// The payload of what was sent chunked, as the strict decoder reads it.
Passed decode(std::string bytes) {
  wire::ChunkedDecoder decoder;
  const auto step = decoder.decode(bytes);
  WEFT_ASSERT(step);
  return {bytes.substr(0, step->payload), step->consumed, step->done, false};
}

wire::Framing framing_of(std::size_t choice, std::size_t bytes) {
  wire::Framing out;
  out.body = choice % 2 == 0 ? BodyKind::kChunked : BodyKind::kLength;
  out.content_length = out.body == BodyKind::kLength ? bytes : 0;
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input = fuzz::as_text(data, size);
  const std::size_t step = fuzz::take_choice(input, 255) + 1;
  const std::size_t choice = fuzz::take_choice(input, 2);
  const std::size_t length = fuzz::take_choice(input, 256) * 16;
  const wire::Framing framing = framing_of(choice, length);

  const Passed raw = pass(BodySource(framing), input, input.size() + 1, SinkFraming::kRaw);
  const Passed pieces = pass(BodySource(framing), input, step, SinkFraming::kRaw);
  const Passed chunked = pass(BodySource(framing), input, step, SinkFraming::kChunked);
  WEFT_ASSERT(raw.is_broken == pieces.is_broken && raw.is_broken == chunked.is_broken);
  if (raw.is_broken) {
    return 0;
  }
  WEFT_ASSERT(raw.sent == pieces.sent && raw.taken == pieces.taken && raw.taken == chunked.taken);
  WEFT_ASSERT(raw.done == pieces.done && raw.done == chunked.done && raw.taken <= input.size());
  if (framing.body == BodyKind::kLength) {
    WEFT_ASSERT(raw.sent == input.substr(0, length) && raw.done == (input.size() >= length));
  }
  const Passed again = decode(chunked.sent);
  WEFT_ASSERT(again.sent == raw.sent && again.taken == chunked.sent.size());
  WEFT_ASSERT(again.done == raw.done);
  return 0;
}
