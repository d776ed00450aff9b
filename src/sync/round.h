// A list of things that few tasks do side by side: a round of reads or writes. It ends early with
// the first that fails for all.
#pragma once

#include "io/task.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

namespace weft::sync {

// Thread: its loop. Lifetime: until run() has returned; the scope it ran in outlives it.
template <class Item>
class Round final {
 public:
  // Does one item. Returns: false when the others need not be tried.
  using Step = std::function<io::Task<bool>(Item)>;

  Round(std::vector<Item> items, Step step) : items_(std::move(items)), step_(std::move(step)) {}

  // `at_once` of them at a time, in `scope`, where cancel() cuts them short.
  // Returns: true when every one was tried.
  io::Task<bool> run(io::TaskScope& scope, std::size_t at_once) {
    for (std::size_t i = 0; i < std::min(at_once, items_.size()); ++i) {
      scope.spawn("consul sync", run_some(this));
    }
    co_await scope.join();
    co_return !has_failed_ && next_ == items_.size();
  }

  // Those that were not begun.
  std::vector<Item> rest() const {
    return {items_.begin() + static_cast<std::ptrdiff_t>(next_), items_.end()};
  }

 private:
  static io::Task<void> run_some(Round* round) {
    while (!round->has_failed_ && round->next_ < round->items_.size()) {
      Item item = round->items_[round->next_++];
      const bool goes_on = co_await round->step_(std::move(item));
      round->has_failed_ = round->has_failed_ || !goes_on;
    }
  }

  const std::vector<Item> items_;
  const Step step_;
  std::size_t next_ = 0;
  bool has_failed_ = false;
};

}  // namespace weft::sync
