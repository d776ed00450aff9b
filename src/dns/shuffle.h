// Shuffle: the numbers below n in random order, as many of them as are wanted, each at the same
// cost however large n is.
#pragma once

#include "base/random.h"

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace weft::dns {

// Fisher and Yates from the front, on numbers in their order; end() puts them back by undoing the
// exchanges. Its memory grows to the largest n. Thread: its owner's.
class Shuffle final {
 public:
  void begin(std::size_t n) {
    if (n > numbers_.size()) {
      numbers_.reserve(n);
      while (numbers_.size() < n) {
        numbers_.push_back(static_cast<std::uint32_t>(numbers_.size()));
      }
    }
    left_ = n;
  }
  std::size_t left() const { return left_; }

  // Only while left() > 0.
  std::uint32_t next(base::Random& random) {
    const std::size_t at = exchanged_.size();
    const auto with = static_cast<std::uint32_t>(at + random.below(left_));
    exchanged_.push_back(with);
    --left_;
    std::swap(numbers_[at], numbers_[with]);
    return numbers_[at];
  }

  void end() {
    while (!exchanged_.empty()) {
      const std::size_t at = exchanged_.size() - 1;
      std::swap(numbers_[at], numbers_[exchanged_[at]]);
      exchanged_.pop_back();
    }
    left_ = 0;
  }

 private:
  std::vector<std::uint32_t> numbers_;
  std::vector<std::uint32_t> exchanged_;
  std::size_t left_ = 0;
};

}  // namespace weft::dns
