#include "state/store_memory.h"

#include "base/check.h"

#include <algorithm>
#include <utility>

namespace weft::state {
namespace {

std::unexpected<base::Error> refused() {
  return base::fail(base::Code::kIo, "the store was told to fail", base::Side::kStore);
}

io::WakeFlag make_flag() {
  auto flag = io::WakeFlag::make();
  WEFT_ASSERT(flag);
  return *std::move(flag);
}

}  // namespace

StoreMemory::StoreMemory(const Options& options)
    : StoreMemory(options, std::make_shared<Shelf>()) {}

StoreMemory::StoreMemory(const Options& options, std::shared_ptr<Shelf> shelf)
    : options_(options), shelf_(std::move(shelf)), rung_(make_flag()) {
  const base::MutexLock lock(shelf_->mutex);
  shelf_->views.push_back(this);
}

StoreMemory::~StoreMemory() {
  const base::MutexLock lock(shelf_->mutex);
  std::erase(shelf_->views, this);
  shelf_->told.erase(this);
  leave();
}

// As when a connection ends.
void StoreMemory::leave() {
  std::erase_if(shelf_->there, [this](const auto& one) { return one.second == this; });
  if (shelf_->turn == this) {
    shelf_->turn = nullptr;
  }
}

std::unique_ptr<StoreMemory> StoreMemory::open_beside() const {
  WEFT_ASSERT(options_.is_shared);
  // house(new): the constructor is private.
  return std::unique_ptr<StoreMemory>(new StoreMemory(options_, shelf_));
}

base::Result<std::uint64_t> StoreMemory::load(const ObjectSink& each) {
  WEFT_TRY_VOID(check_usable());
  const base::MutexLock lock(shelf_->mutex);
  for (const auto& [key, object] : shelf_->objects) {
    WEFT_TRY_VOID(each(object));
  }
  return shelf_->last_index;
}

base::Result<void> StoreMemory::append(std::uint64_t last_index,
                                       std::span<const StoredChange> changes) {
  std::function<void(std::size_t)> hook;
  {
    const base::MutexLock lock(mutex_);
    ++append_count_;
    hook = append_hook_;
  }
  if (hook) {
    hook(changes.size());
  }
  WEFT_TRY_VOID(check_usable());
  {
    const base::MutexLock lock(shelf_->mutex);
    if (comes_too_late(last_index)) {
      return base::fail(base::Code::kConflict, "the store has later changes", base::Side::kStore,
                        base::Retry::kSafe);
    }
    for (const StoredChange& change : changes) {
      shelf_->keep(change, options_.retention);
    }
    for (const StoreMemory* view : shelf_->views) {
      if (view != this) {
        view->rung_.raise();
      }
    }
  }
  const base::MutexLock lock(mutex_);
  return fault_ == Fault::kKeepAndFail ? base::Result<void>(refused()) : base::Result<void>();
}

// As in PostgreSQL's store: who has come too late three times in a row is put before others, which
// here are told that they come too late.
bool StoreMemory::comes_too_late(std::uint64_t last_index) {
  constexpr int kConflictsMax = 3;
  constexpr int kTurnMax = 50;
  if (shelf_->turn != nullptr && shelf_->turn != this && shelf_->turn_left-- > 0) {
    return true;
  }
  if (shelf_->last_index <= last_index) {
    conflicts_ = 0;
    shelf_->turn = nullptr;
    return false;
  }
  if (++conflicts_ >= kConflictsMax) {
    shelf_->turn = this;
    shelf_->turn_left = kTurnMax;
  }
  return true;
}

void StoreMemory::Shelf::keep(const StoredChange& change, const Retention& retention) {
  last_index = change.index;
  if (change.after) {
    objects[{change.table, change.key}] = {change.table, change.key, *change.after,
                                           change.created_index, change.index};
  } else {
    objects.erase({change.table, change.key});
  }
  log.push_back(change);
  // Twice as fast as it grows.
  for (int step = 0; step < 2 && is_oldest_too_old(retention); ++step) {
    trimmed_index = log.front().index;
    log.pop_front();
  }
}

bool StoreMemory::Shelf::is_oldest_too_old(const Retention& retention) const {
  return log.size() > retention.changes_max ||
         (retention.age_max > base::Nanos(0) &&
          log.front().time < log.back().time - retention.age_max);
}

base::Result<std::vector<StoredChange>> StoreMemory::follow(std::uint64_t index,
                                                            std::size_t limit) {
  WEFT_TRY_VOID(check_usable());
  const base::MutexLock lock(shelf_->mutex);
  if (index < shelf_->trimmed_index) {
    return base::fail(base::Code::kNotFound, "older changes are no longer kept",
                      base::Side::kStore);
  }
  std::vector<StoredChange> found;
  auto from = std::ranges::upper_bound(shelf_->log, index, {}, &StoredChange::index);
  for (; from != shelf_->log.end() && found.size() < limit; ++from) {
    found.push_back(*from);
  }
  return found;
}

base::Result<HistoryPage> StoreMemory::history(const HistoryQuery& query) {
  WEFT_TRY_VOID(check_usable());
  const base::MutexLock lock(shelf_->mutex);
  HistoryPage page;
  for (auto it = shelf_->log.rbegin(); it != shelf_->log.rend(); ++it) {
    const bool wanted = it->index < query.before_index &&
                        (query.table.empty() || it->table == query.table) &&
                        (query.key.empty() || it->key == query.key);
    if (!wanted) {
      continue;
    }
    if (page.changes.size() == query.limit) {
      page.next_before_index =
          page.changes.empty() ? query.before_index : page.changes.back().index;
      break;
    }
    page.changes.push_back(*it);
  }
  return page;
}

base::Result<void> StoreMemory::check_usable() const {
  const base::MutexLock lock(mutex_);
  if (is_released_) {
    return base::fail(base::Code::kUnavailable, "the store was let go of", base::Side::kStore,
                      base::Retry::kSafe);
  }
  return fault_ == Fault::kRefuse ? base::Result<void>(refused()) : base::Result<void>();
}

base::Result<void> StoreMemory::release() {
  {
    const base::MutexLock lock(mutex_);
    is_released_ = true;
    rung_.raise();
  }
  const base::MutexLock lock(shelf_->mutex);
  leave();
  return {};
}

base::Result<void> StoreMemory::take_back() {
  const base::MutexLock lock(mutex_);
  if (is_released_ && fault_ == Fault::kRefuse) {
    return refused();
  }
  is_released_ = false;
  return {};
}

base::Result<Heard> StoreMemory::wait_for_later(std::uint64_t index, base::Millis patience) {
  const base::MonoTime until = options_.is_shared ? io::deadline_after(patience) : base::MonoTime{};
  for (;;) {
    // Before the look: what is appended after it rings again.
    rung_.lower();
    WEFT_TRY_VOID(check_usable());
    {
      const base::MutexLock lock(mutex_);
      if (is_stopped_) {
        return base::fail(base::Code::kShutdown, "nobody waits any longer", base::Side::kStore);
      }
    }
    {
      const base::MutexLock lock(shelf_->mutex);
      if (options_.is_shared && (shelf_->last_index > index || !shelf_->told[this].empty())) {
        return Heard{std::max(shelf_->last_index, index), std::exchange(shelf_->told[this], {})};
      }
    }
    if (!rung_.wait(until)) {
      return Heard{index};
    }
  }
}

void StoreMemory::stop_waiting() {
  const base::MutexLock lock(mutex_);
  is_stopped_ = true;
  rung_.raise();
}

base::Result<void> StoreMemory::tell(std::span<const std::string> words) {
  WEFT_TRY_VOID(check_usable());
  const base::MutexLock lock(shelf_->mutex);
  for (const StoreMemory* view : shelf_->views) {
    if (view != this) {
      std::vector<std::string>& told = shelf_->told[view];
      told.insert(told.end(), words.begin(), words.end());
      view->rung_.raise();
    }
  }
  return {};
}

base::Result<std::vector<std::uint32_t>> StoreMemory::attend(std::uint32_t mark) {
  const auto usable = check_usable();
  const base::MutexLock lock(shelf_->mutex);
  if (!usable) {
    leave();
    return base::fail(usable.error());
  }
  const StoreMemory* holder = shelf_->there.try_emplace(mark, this).first->second;
  std::vector<std::uint32_t> marks;
  for (const auto& [each, view] : shelf_->there) {
    if (each != mark || holder == this) {
      marks.push_back(each);
    }
  }
  return marks;
}

void StoreMemory::set_fault_for_test(Fault fault) {
  const base::MutexLock lock(mutex_);
  fault_ = fault;
}

void StoreMemory::set_append_hook_for_test(std::function<void(std::size_t)> hook) {
  const base::MutexLock lock(mutex_);
  append_hook_ = std::move(hook);
}

std::size_t StoreMemory::append_count_for_test() const {
  const base::MutexLock lock(mutex_);
  return append_count_;
}

}  // namespace weft::state
