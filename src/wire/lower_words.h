// Compares text in any letter case with text in lower case, eight bytes at a time. Private to wire.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace weft::wire {

namespace lower_words {

template <class Word>
inline bool equal(const char* text, const char* lower) {
  constexpr auto kLowerBits = static_cast<Word>(0x2020202020202020);
  Word a = 0;
  Word b = 0;
  std::memcpy(&a, text, sizeof(Word));
  std::memcpy(&b, lower, sizeof(Word));
  return (a | kLowerBits) == b;
}

}  // namespace lower_words

// Are the first `bytes` bytes equal but for letter case? `text` holds no control byte; `lower` is
// made of a-z, 0-9 and '-' only. Then setting the lower-case bit is exact: it makes '-' and digits
// from nothing but themselves and controls, and letters from letters only.
inline bool equals_lower(const char* text, const char* lower, std::size_t bytes) {
  using lower_words::equal;
  if (bytes >= 8) {
    for (std::size_t i = 0; i + 8 < bytes; i += 8) {
      if (!equal<std::uint64_t>(text + i, lower + i)) {
        return false;
      }
    }
    return equal<std::uint64_t>(text + bytes - 8, lower + bytes - 8);
  }
  if (bytes >= 4) {
    return equal<std::uint32_t>(text, lower) &&
           equal<std::uint32_t>(text + bytes - 4, lower + bytes - 4);
  }
  for (std::size_t i = 0; i < bytes; ++i) {
    if ((text[i] | 0x20) != lower[i]) {
      return false;
    }
  }
  return true;
}

inline bool equals_lower(std::string_view text, std::string_view lower) {
  // NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage): the size is handed over beside them.
  return text.size() == lower.size() && equals_lower(text.data(), lower.data(), text.size());
}

}  // namespace weft::wire
