// Numbering: numbers for distinct things, in the order they come. Its memory is kept.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace weft::dns {

// Things are known by their hash; `is_same(number)` says whether the one with that number is meant.
// Thread: its owner's.
class Numbering final {
 public:
  // Forgets everything. `most`: how many things may come.
  void begin(std::size_t most) {
    const std::size_t slots = std::bit_ceil(2 * most + 1);
    if (slots > slots_.size()) {
      slots_.assign(slots, {});
      turn_ = 0;
    }
    ++turn_;
    count_ = 0;
  }

  std::uint32_t count() const { return count_; }

  struct Number {
    std::uint32_t number;
    bool is_fresh;
  };
  template <class IsSame>
  Number find_or_add(std::uint64_t hash, IsSame is_same) {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = static_cast<std::size_t>(hash) & mask;
    for (; slots_[at].turn == turn_; at = (at + 1) & mask) {
      if (slots_[at].hash == hash && is_same(slots_[at].number)) {
        return {slots_[at].number, false};
      }
    }
    slots_[at] = {hash, turn_, count_};
    return {count_++, true};
  }

 private:
  struct Slot {
    std::uint64_t hash = 0;
    std::uint64_t turn = 0;  // what it holds is of an earlier one unless it is turn_
    std::uint32_t number = 0;
  };
  std::vector<Slot> slots_;
  std::uint64_t turn_ = 0;
  std::uint32_t count_ = 0;
};

}  // namespace weft::dns
