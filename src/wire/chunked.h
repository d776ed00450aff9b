// The chunked transfer coding: strict, incremental, in place. Source: RFC 9112 §7.1.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace weft::wire {

struct ChunkedLimits {
  std::size_t extension_bytes = 1024;     // of one size line, behind the size
  std::size_t trailer_bytes = 16 * 1024;  // of all trailer fields
};

// What one call of decode() took.
struct ChunkedStep {
  std::size_t payload = 0;   // bytes of payload, moved to the front of the input
  std::size_t consumed = 0;  // bytes of the input that belong to the body
  bool done = false;         // the body has ended; what lies behind `consumed` is the next message
};

// Takes the framing out of a body. Extensions and trailers are checked and dropped (RFC 9112
// §7.1.1, §7.1.2). A size is 1 to 16 hexadecimal digits and nothing else; every line ends in CRLF.
// Thread: its loop; no allocation.
class ChunkedDecoder final {
 public:
  explicit ChunkedDecoder(const ChunkedLimits& limits = {}) : limits_(limits) {}

  // Decodes the next bytes; all of them are consumed unless the body ends before.
  // Errors: kBadMessage, kBodyTooLarge (extensions or trailers beyond their limit).
  base::Result<ChunkedStep> decode(std::span<char> bytes);

  bool is_done() const { return state_ == State::kDone; }

 private:
  enum class State : std::uint8_t {
    kSizeFirst,     // the first digit of a size
    kSize,          // further digits
    kExtension,     // until CR
    kSizeLf,        // LF of a size line
    kData,          // payload
    kDataCr,        // CR behind the payload
    kDataLf,        // LF behind the payload
    kTrailerStart,  // the first byte of a trailer line, or CR of the end
    kTrailerName,   // until ':'
    kTrailerValue,  // until CR
    kTrailerLf,     // LF of a trailer line
    kEndLf,         // LF of the last line
    kDone,
  };

  base::Result<void> step(char c);
  base::Result<void> step_size(char c);
  base::Result<void> step_trailer(char c);

  ChunkedLimits limits_;
  State state_ = State::kSizeFirst;
  int digits_ = 0;
  std::uint64_t left_ = 0;  // payload bytes of this chunk still to come
  std::size_t extension_bytes_ = 0;
  std::size_t trailer_bytes_ = 0;
};

}  // namespace weft::wire
