#include "state/reload.h"

#include "base/check.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <unordered_set>
#include <utility>
#include <variant>

namespace weft::state {
namespace {

constexpr const char* kActor = "another node";

// Collects what differs, table by table.
class ReloadComparison final {
 public:
  ReloadComparison(const model::View& before, const model::View& after, base::WallTime time)
      : before_(before), after_(after), time_(time) {}

  std::vector<model::Change> run() && {
    compare_tables(std::make_index_sequence<model::kTableCount>());
    // What depends on others stands behind them in the list of tables.
    std::ranges::reverse(gone_);
    number_gone();
    return in_order();
  }

 private:
  // Those that share an index stay as they were.
  std::vector<model::Change> in_order() {
    std::multimap<std::uint64_t, model::Change> all;
    for (auto* some : {&there_, &gone_}) {
      for (model::Change& change : *some) {
        all.emplace(change.index, std::move(change));
      }
    }
    std::vector<model::Change> changes;
    for (auto& [index, change] : all) {
      changes.push_back(std::move(change));
    }
    return changes;
  }

  template <std::size_t... kAt>
  void compare_tables(std::index_sequence<kAt...> /*all*/) {
    (compare<std::variant_alternative_t<kAt, model::Object>>(), ...);
  }

  // Both maps are in the order of their keys.
  template <class T>
  void compare() {
    const auto& old_rows = before_.all<T>();
    const auto& new_rows = after_.all<T>();
    auto old_row = old_rows.begin();
    auto new_row = new_rows.begin();
    while (old_row != old_rows.end() || new_row != new_rows.end()) {
      const bool takes_old = new_row == new_rows.end() ||
                             (old_row != old_rows.end() &&
                              model::ByKey::key(**old_row) <= model::ByKey::key(**new_row));
      const bool takes_new = old_row == old_rows.end() ||
                             (new_row != new_rows.end() &&
                              model::ByKey::key(**new_row) <= model::ByKey::key(**old_row));
      note<T>(takes_old ? *old_row : nullptr, takes_new ? *new_row : nullptr);
      if (takes_old) {
        ++old_row;
      }
      if (takes_new) {
        ++new_row;
      }
    }
  }

  template <class T>
  void note(const model::RowPtr<T>& old_row, const model::RowPtr<T>& new_row) {
    if (old_row != nullptr && new_row != nullptr && *old_row == *new_row) {
      return;
    }
    model::Change change{.time = time_, .actor = kActor, .before = {}, .after = {}};
    if (old_row != nullptr) {
      change.before = old_row;
    }
    if (new_row == nullptr) {
      gone_.push_back(std::move(change));
      return;
    }
    change.after = new_row;
    const bool is_known =
        new_row->modified_index > before_.index() && new_row->modified_index <= after_.index();
    change.index = is_known ? new_row->modified_index : after_.index();
    taken_.insert(change.index);
    there_.push_back(std::move(change));
  }

  void number_gone() {
    std::uint64_t index = after_.index();
    for (auto change = gone_.rbegin(); change != gone_.rend(); ++change) {
      while (index > before_.index() && taken_.contains(index)) {
        --index;
      }
      if (index > before_.index()) {
        change->index = index--;
      } else {
        change->index = after_.index();
      }
    }
  }

  const model::View& before_;
  const model::View& after_;
  const base::WallTime time_;
  std::vector<model::Change> there_;
  std::vector<model::Change> gone_;
  std::unordered_set<std::uint64_t> taken_;
};

}  // namespace

std::vector<model::Change> changes_of_reload(const model::View& before, const model::View& after,
                                             base::WallTime time) {
  WEFT_ASSERT(after.index() > before.index());
  return ReloadComparison(before, after, time).run();
}

}  // namespace weft::state
