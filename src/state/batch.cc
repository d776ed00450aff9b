#include "state/batch.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace weft::state {

base::Result<Applied> Batch::judge(Draft& draft, const model::Command& command,
                                   const CommandContext& context,
                                   std::vector<model::Change>& changes) {
  WEFT_TRY(changes, state::apply(draft, command, context));
  return Applied{.index = draft.index(), .changes = changes.size()};
}

std::size_t Batch::add(model::Command command, base::Result<Applied> judged,
                       std::vector<model::Change> changes) {
  entries_.push_back({std::move(command), judged});
  std::ranges::move(changes, std::back_inserter(changes_));
  return entries_.size() - 1;
}

void Batch::judge_again(Draft& draft, const CommandContext& context) {
  changes_.clear();
  for (Entry& entry : entries_) {
    std::vector<model::Change> changes;
    entry.judged = judge(draft, entry.command, context, changes);
    std::ranges::move(changes, std::back_inserter(changes_));
  }
}

void Batch::set_current() {
  is_current_ = true;
  moved_.notify_all();
}

void Batch::end(base::Result<void> how) {
  is_over_ = true;
  how_ = std::move(how);
  moved_.notify_all();
}

io::Task<base::Result<Applied>> Batch::outcome(std::size_t place) {
  while (!is_over_) {
    WEFT_CO_TRY_VOID(co_await moved_.wait());
  }
  WEFT_CO_TRY_VOID(how_);
  co_return entries_[place].judged;
}

io::Task<base::Result<void>> Batch::wait_until_current() {
  while (!is_current_ && !is_over_) {
    WEFT_CO_TRY_VOID(co_await moved_.wait());
  }
  co_return is_current_ ? base::Result<void>() : how_;
}

}  // namespace weft::state
