#include "wire/utf8.h"

#include <cstddef>
#include <cstring>

namespace weft::wire {

bool Utf8Checker::feed(std::string_view bytes) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080;
  std::size_t at = 0;
  while (at < bytes.size()) {
    if (missing_ == 0 && at + 8 <= bytes.size()) {  // mostly ASCII
      std::uint64_t word = 0;
      std::memcpy(&word, bytes.data() + at, sizeof word);
      if ((word & kHighBits) == 0) {
        at += 8;
        continue;
      }
    }
    const auto byte = static_cast<unsigned char>(bytes[at++]);
    if (missing_ == 0) {
      if (byte >= 0x80 && !start(byte)) {
        return false;
      }
      continue;
    }
    if (byte < next_low_ || byte > next_high_) {
      return false;
    }
    --missing_;
    next_low_ = 0x80;
    next_high_ = 0xbf;
  }
  return true;
}

// RFC 3629 §4: the second byte's range rules out overlong forms, surrogates and what lies beyond
// U+10FFFF.
bool Utf8Checker::start(unsigned char lead) {
  if (lead < 0xc2 || lead > 0xf4) {
    return false;
  }
  missing_ = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
  next_low_ = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  next_high_ = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  return true;
}

}  // namespace weft::wire
