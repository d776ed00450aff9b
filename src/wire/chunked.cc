#include "wire/chunked.h"

#include "wire/http1.h"

#include <algorithm>
#include <cstring>

namespace weft::wire {
namespace {

using base::Code;
using base::Result;

constexpr int kDigitsMax = 16;

std::unexpected<base::Error> bad(const char* what) { return base::fail(Code::kBadMessage, what); }

int hex_digit(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// HTAB, SP, visible characters and obs-text (RFC 9110 §5.5).
bool is_line_byte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
}

}  // namespace

Result<ChunkedStep> ChunkedDecoder::decode(std::span<char> bytes) {
  ChunkedStep out;
  std::size_t at = 0;
  while (at < bytes.size() && state_ != State::kDone) {
    if (state_ == State::kData) {
      const auto count = static_cast<std::size_t>(
          std::min<std::uint64_t>(left_, static_cast<std::uint64_t>(bytes.size() - at)));
      if (out.payload != at) {
        std::memmove(bytes.data() + out.payload, bytes.data() + at, count);
      }
      out.payload += count;
      at += count;
      left_ -= count;
      if (left_ == 0) {
        state_ = State::kDataCr;
      }
      continue;
    }
    WEFT_TRY_VOID(step(bytes[at]));
    ++at;
  }
  out.consumed = at;
  out.done = state_ == State::kDone;
  return out;
}

Result<void> ChunkedDecoder::step(char c) {
  switch (state_) {
    case State::kSizeFirst:
    case State::kSize:
    case State::kExtension:
    case State::kSizeLf:
      return step_size(c);
    case State::kDataCr:
      if (c != '\r') {
        return bad("a chunk does not end where its size says");
      }
      state_ = State::kDataLf;
      return {};
    case State::kDataLf:
      if (c != '\n') {
        return bad("bare CR behind a chunk");
      }
      state_ = State::kSizeFirst;
      return {};
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
  return {};
}

Result<void> ChunkedDecoder::step_size(char c) {
  const int digit = hex_digit(c);
  switch (state_) {
    case State::kSizeFirst:
      if (digit < 0) {
        return bad("a chunk size begins with a hexadecimal digit");
      }
      left_ = static_cast<std::uint64_t>(digit);
      digits_ = 1;
      extension_bytes_ = 0;
      state_ = State::kSize;
      return {};
    case State::kSize:
      if (digit >= 0) {
        if (++digits_ > kDigitsMax) {
          return bad("a chunk size has too many digits");
        }
        left_ = left_ << 4 | static_cast<std::uint64_t>(digit);
        return {};
      }
      if (c == '\r') {
        state_ = State::kSizeLf;
        return {};
      }
      if (c == ';') {
        state_ = State::kExtension;
        return {};
      }
      return bad("a byte that is no digit in a chunk size");
    case State::kExtension:
      if (c == '\r') {
        state_ = State::kSizeLf;
        return {};
      }
      if (!is_line_byte(c)) {
        return bad("a control byte in a chunk extension");
      }
      if (++extension_bytes_ > limits_.extension_bytes) {
        return base::fail(Code::kBodyTooLarge, "chunk extension");
      }
      return {};
    default:
      if (c != '\n') {
        return bad("bare CR in a chunk size line");
      }
      state_ = left_ == 0 ? State::kTrailerStart : State::kData;
      return {};
  }
}

Result<void> ChunkedDecoder::step_trailer(char c) {
  if (++trailer_bytes_ > limits_.trailer_bytes) {
    return base::fail(Code::kBodyTooLarge, "trailer fields");
  }
  switch (state_) {
    case State::kTrailerStart:
      if (c == '\r') {
        state_ = State::kEndLf;
        return {};
      }
      if (!is_token({&c, 1})) {
        return bad("a trailer field without a name");
      }
      state_ = State::kTrailerName;
      return {};
    case State::kTrailerName:
      if (c == ':') {
        state_ = State::kTrailerValue;
        return {};
      }
      return is_token({&c, 1}) ? Result<void>() : bad("a trailer field name is no token");
    case State::kTrailerValue:
      if (c == '\r') {
        state_ = State::kTrailerLf;
        return {};
      }
      return is_line_byte(c) ? Result<void>() : bad("a control byte in a trailer field");
    case State::kTrailerLf:
      if (c != '\n') {
        return bad("bare CR in a trailer field");
      }
      state_ = State::kTrailerStart;
      return {};
    default:
      if (c != '\n') {
        return bad("bare CR at the end of a chunked body");
      }
      state_ = State::kDone;
      return {};
  }
}

}  // namespace weft::wire
