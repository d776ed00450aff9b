// SlotSet: which of a ring of slots hold something, and which of those comes next.
#pragma once

#include "base/check.h"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace weft::io {

// Bits, and a bit for each word of them that has one: the next slot is found in a few steps
// however few are occupied.
// Thread: its owner's.
template <std::size_t kSlots>
class SlotSet final {
  static constexpr std::size_t kBits = 64;
  static constexpr std::size_t kWords = kSlots / kBits;
  static constexpr std::size_t kGroups = kWords / kBits;
  static_assert(kGroups > 0 && std::has_single_bit(kSlots));

 public:
  bool contains(std::size_t slot) const { return (words_[slot / kBits] >> slot % kBits & 1) != 0; }

  void add(std::size_t slot) {
    const std::size_t word = slot / kBits;
    words_[word] |= bit(slot);
    groups_[word / kBits] |= bit(word);
  }

  void remove(std::size_t slot) {
    const std::size_t word = slot / kBits;
    words_[word] &= ~bit(slot);
    if (words_[word] == 0) {
      groups_[word / kBits] &= ~bit(word);
    }
  }

  // The first slot in the set from `start` on, going round the ring. The set is not empty.
  std::size_t first_from(std::size_t start) const {
    if (const std::uint64_t rest = words_[start / kBits] & ~0ULL << start % kBits; rest != 0) {
      return start / kBits * kBits + lowest(rest);
    }
    const std::size_t word = first_word_from((start / kBits + 1) % kWords);
    return word * kBits + lowest(words_[word]);
  }

 private:
  static std::uint64_t bit(std::size_t number) { return 1ULL << number % kBits; }
  static std::size_t lowest(std::uint64_t bits) {
    return static_cast<std::size_t>(std::countr_zero(bits));
  }

  std::size_t first_word_from(std::size_t start) const {
    std::uint64_t rest = groups_[start / kBits] & ~0ULL << start % kBits;
    std::size_t group = start / kBits;
    while (rest == 0) {
      group = (group + 1) % kGroups;
      rest = groups_[group];
      WEFT_ASSERT(rest != 0 || group != start / kBits);  // the set is empty
    }
    return group * kBits + lowest(rest);
  }

  std::array<std::uint64_t, kWords> words_{};
  std::array<std::uint64_t, kGroups> groups_{};
};

}  // namespace weft::io
