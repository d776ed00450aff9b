// The chunked transfer coding: strict, incremental, in place. Source: RFC 9112 §7.1.
// Start at ChunkedDecoder; what a proxy sends on is framed anew with encode_chunk_head().
#pragma once

#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace weft::wire {

// chosen: far above what signing clients add to a chunk, far below what makes tiny chunks with long
// extensions a way to burn our time.
struct ChunkedLimits {
  std::size_t extension_bytes = 1024;     // of one size line, behind the size
  std::size_t trailer_bytes = 16 * 1024;  // of all trailer fields
  // Framing in excess of 16 bytes and twice the payload of each chunk, summed up and paid off.
  std::size_t overhead_bytes = 16 * 1024;
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

  // Decodes the next bytes; all of them are consumed unless the body ends before. Not to be called
  // again after an error.
  // Errors: kBadMessage, kBodyTooLarge (extensions, trailers or overhead beyond their limit); side
  //         kSelf, for only the caller knows who sent the body.
  base::Result<ChunkedStep> decode(std::span<char> bytes);

  bool is_done() const { return state_ == State::kDone; }

 private:
  enum class State : std::uint8_t {
    kSizeFirst,        // the first digit of a size
    kSize,             // further digits
    kExtensionName,    // behind ';', before the name
    kExtensionText,    // in a name or an unquoted value
    kExtensionBlank,   // white space behind a name or a value
    kExtensionValue,   // behind '=', before the value
    kExtensionQuoted,  // in a quoted value
    kExtensionEscape,  // behind '\' in a quoted value
    kSizeLf,           // LF of a size line
    kData,             // payload
    kDataCr,           // CR behind the payload
    kDataLf,           // LF behind the payload
    kTrailerStart,     // the first byte of a trailer line, or CR of the end
    kTrailerName,      // until ':'
    kTrailerValue,     // until CR
    kTrailerLf,        // LF of a trailer line
    kEndLf,            // LF of the last line
    kDone,
  };

  const char* step(char c);
  const char* step_size(char c);
  const char* step_extension(char c);
  const char* step_quoted(char c);
  const char* step_trailer(char c);
  const char* end_of_size_line();
  std::size_t take_data(std::span<char> bytes, std::size_t at, std::size_t to);

  ChunkedLimits limits_;
  State state_ = State::kSizeFirst;
  bool extension_has_value_ = false;
  int digits_ = 0;
  std::uint64_t left_ = 0;  // payload bytes of this chunk still to come
  std::size_t extension_bytes_ = 0;
  std::size_t overhead_bytes_ = 0;
  std::size_t trailer_bytes_ = 0;
};

inline constexpr std::size_t kChunkHeadBytesMax = 18;  // 16 digits and CRLF
inline constexpr std::string_view kChunkEnd = "\r\n";  // behind the payload of each chunk
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

// Writes the size line of a chunk that is not empty: lower-case digits, no extension.
// Returns: how many bytes were written.
std::size_t encode_chunk_head(std::uint64_t payload_bytes, std::span<char, kChunkHeadBytesMax> out);

}  // namespace weft::wire
