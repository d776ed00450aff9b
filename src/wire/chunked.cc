#include "wire/chunked.h"

#include "base/text.h"
#include "wire/http1.h"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace weft::wire {
namespace {

using base::Code;
using base::Result;

constexpr int kDigitsMax = 16;
constexpr std::size_t kOverheadFreeBytes = 16;  // a size line, its CRLF and the chunk's

// The two rules whose breach is a matter of size, not of grammar; compared by address.
constexpr const char* kTooMuchExtension = "a chunk extension is too long";
constexpr const char* kTooMuchOverhead = "too much framing for so little payload";
constexpr const char* kTooMuchTrailer = "the trailer fields are too large";

bool is_too_much(const char* what) {
  return what == kTooMuchExtension || what == kTooMuchOverhead || what == kTooMuchTrailer;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

bool is_token_byte(char c) { return is_token({&c, 1}); }

bool is_value_byte(char c) { return is_field_value({&c, 1}); }

}  // namespace

Result<ChunkedStep> ChunkedDecoder::decode(std::span<char> bytes) {
  ChunkedStep out;
  std::size_t at = 0;
  while (at < bytes.size() && state_ != State::kDone) {
    if (state_ == State::kData) {
      const std::size_t count = take_data(bytes, at, out.payload);
      out.payload += count;
      at += count;
      continue;
    }
    if (const char* what = step(bytes[at])) {
      return base::fail(is_too_much(what) ? Code::kBodyTooLarge : Code::kBadMessage, what);
    }
    ++at;
  }
  out.consumed = at;
  out.done = state_ == State::kDone;
  return out;
}

// Moves what has come of the chunk's payload to its place behind the payload before.
std::size_t ChunkedDecoder::take_data(std::span<char> bytes, std::size_t at, std::size_t to) {
  const auto here = static_cast<std::uint64_t>(bytes.size() - at);
  const auto count = static_cast<std::size_t>(std::min(left_, here));
  if (to != at) {
    std::memmove(bytes.data() + to, bytes.data() + at, count);
  }
  left_ -= count;
  if (left_ == 0) {
    state_ = State::kDataCr;
  }
  return count;
}

// Returns: null, or the broken rule.
const char* ChunkedDecoder::step(char c) {
  switch (state_) {
    case State::kSizeFirst:
    case State::kSize:
      return step_size(c);
    case State::kExtensionName:
    case State::kExtensionText:
    case State::kExtensionBlank:
    case State::kExtensionValue:
      return step_extension(c);
    case State::kExtensionQuoted:
    case State::kExtensionEscape:
      return step_quoted(c);
    case State::kSizeLf:
      return c == '\n' ? end_of_size_line() : "a chunk size line ends with a bare CR";
    case State::kDataCr:
      state_ = State::kDataLf;
      return c == '\r' ? nullptr : "a chunk does not end where its size says (RFC 9112 §7.1)";
    case State::kDataLf:
      state_ = State::kSizeFirst;
      return c == '\n' ? nullptr : "a chunk ends with a bare CR (RFC 9112 §7.1)";
    case State::kTrailerStart:
    case State::kTrailerName:
    case State::kTrailerValue:
    case State::kTrailerLf:
    case State::kEndLf:
      return step_trailer(c);
    case State::kData:
    case State::kDone:
      break;
  }
  return nullptr;
}

// chunk-size = 1*HEXDIG. No white space behind it, though RFC 9112 §7.1.1 lets BWS stand before a
// semicolon: readers differ about it.
const char* ChunkedDecoder::step_size(char c) {
  const int digit = hex_digit(c);
  if (state_ == State::kSizeFirst) {
    if (digit < 0) {
      return "a chunk size begins with no hexadecimal digit (RFC 9112 §7.1)";
    }
    left_ = static_cast<std::uint64_t>(digit);
    digits_ = 1;
    extension_bytes_ = 0;
    state_ = State::kSize;
    return nullptr;
  }
  if (digit >= 0) {
    left_ = left_ << 4 | static_cast<std::uint64_t>(digit);
    return ++digits_ <= kDigitsMax ? nullptr : "a chunk size overflows (RFC 9112 §7.1)";
  }
  if (c == '\r') {
    state_ = State::kSizeLf;
    return nullptr;
  }
  if (c == ';') {
    state_ = State::kExtensionName;
    return nullptr;
  }
  return c == '\n' ? "a chunk size line ends with a bare LF (RFC 9112 §2.2)"
                   : "a byte that is no digit in a chunk size (RFC 9112 §7.1)";
}

// chunk-ext = *( ";" BWS name [ BWS "=" BWS ( token / quoted-string ) ] BWS ), RFC 9112 §7.1.1.
const char* ChunkedDecoder::step_extension(char c) {
  if (++extension_bytes_ > limits_.extension_bytes) {
    return kTooMuchExtension;
  }
  if (state_ == State::kExtensionName || state_ == State::kExtensionValue) {
    if (base::is_blank(c)) {
      return nullptr;
    }
    const bool is_value = state_ == State::kExtensionValue;
    extension_has_value_ = is_value;
    state_ = is_value && c == '"' ? State::kExtensionQuoted : State::kExtensionText;
    return c == '"' && is_value ? nullptr
           : is_token_byte(c)   ? nullptr
                                : "a chunk extension without a name or value (RFC 9112 §7.1.1)";
  }
  if (base::is_blank(c)) {
    state_ = State::kExtensionBlank;
    return nullptr;
  }
  if (state_ == State::kExtensionText && is_token_byte(c)) {
    return nullptr;
  }
  if (c == ';') {
    state_ = State::kExtensionName;
    return nullptr;
  }
  if (c == '=' && !extension_has_value_) {
    state_ = State::kExtensionValue;
    return nullptr;
  }
  if (c == '\r') {
    state_ = State::kSizeLf;
    return nullptr;
  }
  return c == '\n' ? "a chunk size line ends with a bare LF (RFC 9112 §2.2)"
                   : "a malformed chunk extension (RFC 9112 §7.1.1)";
}

// quoted-string of RFC 9110 §5.6.4.
const char* ChunkedDecoder::step_quoted(char c) {
  if (++extension_bytes_ > limits_.extension_bytes) {
    return kTooMuchExtension;
  }
  if (!is_value_byte(c)) {
    return "a control byte in a chunk extension (RFC 9110 §5.6.4)";
  }
  if (state_ == State::kExtensionEscape) {
    state_ = State::kExtensionQuoted;
  } else if (c == '\\') {
    state_ = State::kExtensionEscape;
  } else if (c == '"') {
    state_ = State::kExtensionBlank;  // nothing but a blank, ';' or CR may follow
  }
  return nullptr;
}

const char* ChunkedDecoder::end_of_size_line() {
  state_ = left_ == 0 ? State::kTrailerStart : State::kData;
  const std::uint64_t earned = kOverheadFreeBytes + std::min<std::uint64_t>(left_, 1U << 30) * 2;
  const std::size_t spent =
      overhead_bytes_ + extension_bytes_ + static_cast<std::size_t>(digits_) + 4;
  overhead_bytes_ = spent > earned ? spent - static_cast<std::size_t>(earned) : 0;
  return overhead_bytes_ > limits_.overhead_bytes ? kTooMuchOverhead : nullptr;
}

// trailer-section = *( field-line CRLF ), with the strictness of a head; RFC 9112 §7.1.2.
const char* ChunkedDecoder::step_trailer(char c) {
  if (++trailer_bytes_ > limits_.trailer_bytes) {
    return kTooMuchTrailer;
  }
  switch (state_) {
    case State::kTrailerStart:
      if (c == '\r') {
        state_ = State::kEndLf;
        return nullptr;
      }
      state_ = State::kTrailerName;
      return is_token_byte(c) ? nullptr : "a trailer field without a name (RFC 9112 §7.1.2)";
    case State::kTrailerName:
      if (c == ':') {
        state_ = State::kTrailerValue;
        return nullptr;
      }
      return is_token_byte(c) ? nullptr : "a trailer field name is not a token (RFC 9110 §5.1)";
    case State::kTrailerValue:
      if (c == '\r') {
        state_ = State::kTrailerLf;
        return nullptr;
      }
      return is_value_byte(c) ? nullptr : "a control byte in a trailer field (RFC 9110 §5.5)";
    case State::kTrailerLf:
      state_ = State::kTrailerStart;
      return c == '\n' ? nullptr : "a bare CR in a trailer field (RFC 9112 §2.2)";
    default:
      state_ = State::kDone;
      return c == '\n' ? nullptr : "a bare CR at the end of a chunked body (RFC 9112 §2.2)";
  }
}

std::size_t encode_chunk_head(std::uint64_t payload_bytes,
                              std::span<char, kChunkHeadBytesMax> out) {
  char* end = std::to_chars(out.data(), out.data() + kDigitsMax, payload_bytes, 16).ptr;
  *end++ = '\r';
  *end++ = '\n';
  return static_cast<std::size_t>(end - out.data());
}

}  // namespace weft::wire
