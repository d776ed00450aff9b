#include "state/past.h"

#include "state/draft.h"
#include "state/rewind.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

namespace weft::state {

using base::Code;
using base::Result;

namespace {

// Changes read from the store at a time: writes come in between, for they share the thread.
constexpr std::size_t kPage = 256;

std::unexpected<base::Error> too_old() {
  return base::fail(Code::kNotFound, "older than what is kept", base::Side::kClient);
}

std::unexpected<base::Error> too_many_walks() {
  return base::fail(Code::kOverloaded, "too many questions about the past", base::Side::kSelf,
                    base::Retry::kSafe);
}

// Times are told to the microsecond: a change is at the time it is shown with.
bool is_at_or_before(const base::WallTime& change, const base::WallTime& time) {
  return std::chrono::floor<base::Micros>(change) <= time;
}

// One walk under way.
class Walk final {
 public:
  explicit Walk(std::size_t& walks) : walks_(walks) { ++walks_; }
  Walk(const Walk&) = delete;
  Walk& operator=(const Walk&) = delete;
  ~Walk() { --walks_; }

 private:
  std::size_t& walks_;
};

// Errors: kNotFound when not every change after `index` is kept.
Result<void> check_kept(Store& store, std::uint64_t index) {
  const auto found = store.follow(index, 1);
  if (found) {
    return {};
  }
  return found.error().code == Code::kNotFound ? Result<void>(too_old())
                                               : Result<void>(base::fail(found.error()));
}

std::shared_ptr<const model::View> take_back(const model::View& later,
                                             const std::vector<model::Change>& changes,
                                             std::uint64_t index) {
  Draft draft;
  draft.reset(later);
  for (auto change = changes.rbegin(); change != changes.rend(); ++change) {
    draft.set(change->after, change->before);
  }
  draft.set_index(index);
  return draft.freeze();
}

// The least index that follow() takes. Whatever it refuses at an index, it refuses below.
Result<std::uint64_t> oldest_index(Store& store, std::uint64_t newest) {
  std::uint64_t low = 0;
  std::uint64_t high = newest;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    const Result<void> kept = check_kept(store, middle);
    if (kept) {
      high = middle;
    } else if (kept.error().code == Code::kNotFound) {
      low = middle + 1;
    } else {
      return base::fail(kept.error());
    }
  }
  return low;
}

}  // namespace

io::Task<Result<Past::ViewPtr>> Past::at(std::uint64_t index) {
  const ViewPtr later = nearest(index);
  if (later == nullptr) {
    co_return base::fail(Code::kInvalid, "this index is not given yet", base::Side::kClient);
  }
  if (later->index() == index) {
    remember(later);
    co_return later;
  }
  if (walks_ >= options_.walks_max) {
    co_return too_many_walks();
  }
  const Walk walk(walks_);
  Result<ViewPtr> view;
  if (index >= state_.feed().forgotten_index()) {
    view = co_await unwind(later, index);
  } else {
    view = co_await walk_store(later, index);
  }
  if (view) {
    remember(*view);
  }
  co_return view;
}

// A later view to go back from, the nearest there is; null when there is none.
Past::ViewPtr Past::nearest(std::uint64_t index) const {
  const ViewPtr& newest = state_.view();
  if (newest->index() < index) {
    return nullptr;
  }
  ViewPtr best = newest;
  for (const ViewPtr& view : views_) {
    if (view->index() >= index && view->index() < best->index()) {
      best = view;
    }
  }
  return best;
}

void Past::remember(const ViewPtr& view) {
  if (view == state_.view()) {
    return;
  }
  std::erase_if(views_, [&](const ViewPtr& each) { return each->index() == view->index(); });
  views_.push_front(view);
  if (views_.size() > options_.views_kept) {
    views_.pop_back();
  }
}

io::Task<Result<Past::ViewPtr>> Past::unwind(ViewPtr later, std::uint64_t index) {
  const auto& recent = state_.feed().recent();
  const auto from = std::ranges::upper_bound(recent, index, {}, &model::Change::index);
  const auto to =
      std::ranges::upper_bound(from, recent.end(), later->index(), {}, &model::Change::index);
  const std::vector<model::Change> changes(from, to);
  const auto work = [&]() -> ViewPtr { return take_back(*later, changes, index); };
  co_return co_await pool_.run(loop_, work);
}

io::Task<Result<Past::ViewPtr>> Past::walk_store(ViewPtr later, std::uint64_t index) {
  Rewind rewind(index);
  HistoryQuery query{.before_index = later->index() + 1, .limit = kPage};
  const auto read = [&]() -> Result<void> {
    WEFT_TRY_VOID(check_kept(store_, index));
    WEFT_TRY(const HistoryPage page, store_.history(query));
    rewind.take(page);
    query.before_index = page.next_before_index.value_or(0);
    return {};
  };
  while (rewind.wants_more()) {
    WEFT_CO_TRY_VOID(co_await pool_.run(loop_, read));
  }
  const auto build = [&]() -> Result<ViewPtr> { return rewind.apply_to(*later); };
  co_return co_await pool_.run(loop_, build);
}

io::Task<Result<std::uint64_t>> Past::index_at(base::WallTime time) {
  if (time > loop_.wall_now()) {
    co_return base::fail(Code::kInvalid, "in the future", base::Side::kClient);
  }
  const auto& recent = state_.feed().recent();
  for (auto change = recent.rbegin(); change != recent.rend(); ++change) {
    if (is_at_or_before(change->time, time)) {
      co_return change->index;
    }
  }
  if (walks_ >= options_.walks_max) {
    co_return too_many_walks();
  }
  const Walk walk(walks_);
  co_return co_await search_store(time);
}

io::Task<Result<std::uint64_t>> Past::search_store(base::WallTime time) {
  HistoryQuery query{.before_index = state_.feed().forgotten_index() + 1, .limit = kPage};
  std::optional<std::uint64_t> found;
  const auto read = [&]() -> Result<bool> {
    WEFT_TRY(const HistoryPage page, store_.history(query));
    for (const StoredChange& change : page.changes) {
      if (is_at_or_before(change.time, time)) {
        found = change.index;
        return true;
      }
    }
    query.before_index = page.next_before_index.value_or(0);
    return !page.next_before_index;
  };
  for (bool is_over = false; !is_over;) {
    WEFT_CO_TRY(is_over, co_await pool_.run(loop_, read));
  }
  if (found) {
    co_return *found;
  }
  // Before the first change of all there was nothing.
  const auto check = [&store = store_]() -> Result<void> { return check_kept(store, 0); };
  WEFT_CO_TRY_VOID(co_await pool_.run(loop_, check));
  co_return std::uint64_t{0};
}

io::Task<Result<Past::Oldest>> Past::oldest() {
  const auto read = [&store = store_, newest = state_.view()->index()]() -> Result<Oldest> {
    Oldest out;
    WEFT_TRY(out.index, oldest_index(store, newest));
    WEFT_TRY(const std::vector<StoredChange> first, store.follow(out.index, 1));
    if (out.index > 0 && !first.empty()) {
      out.time = first.front().time;
    }
    return out;
  };
  co_return co_await pool_.run(loop_, read);
}

}  // namespace weft::state
