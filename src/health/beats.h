// The last results of a check, one letter each, for the beat bar.
#pragma once

#include "model/check.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace weft::health {

// Thread: its loop (a value).
class Beats final {
 public:
  static constexpr std::size_t kKept = 30;  // ui.md: a bar of thirty

  void add(model::CheckStatus result) {
    letters_[next_] = letter_of(result);
    next_ = static_cast<std::uint8_t>((next_ + 1) % kKept);
  }

  // Oldest first: 'p'assing, 'w'arning, 'c'ritical.
  std::string text() const {
    std::string out;
    out.reserve(kKept);
    for (std::size_t i = 0; i < kKept; ++i) {
      const char letter = letters_[(next_ + i) % kKept];
      if (letter != '\0') {
        out += letter;
      }
    }
    return out;
  }

 private:
  static char letter_of(model::CheckStatus result) {
    switch (result) {
      case model::CheckStatus::kPassing:
        return 'p';
      case model::CheckStatus::kWarning:
        return 'w';
      case model::CheckStatus::kCritical:
        return 'c';
      case model::CheckStatus::kNone:
        break;
    }
    return '\0';
  }

  std::array<char, kKept> letters_{};  // a ring; 0: not yet
  std::uint8_t next_ = 0;
};

}  // namespace weft::health
