#include "state/store_memory.h"

#include <algorithm>

namespace weft::state {
namespace {

std::unexpected<base::Error> refused() {
  return base::fail(base::Code::kIo, "the store was told to fail", base::Side::kStore);
}

}  // namespace

base::Result<std::uint64_t> StoreMemory::load(const ObjectSink& each) {
  const base::MutexLock lock(mutex_);
  WEFT_TRY_VOID(check_usable());
  for (const auto& [key, object] : objects_) {
    WEFT_TRY_VOID(each(object));
  }
  return last_index_;
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
  const base::MutexLock lock(mutex_);
  WEFT_TRY_VOID(check_usable());
  if (last_index_ > last_index) {
    return base::fail(base::Code::kConflict, "the store has later changes", base::Side::kStore,
                      base::Retry::kSafe);
  }
  for (const StoredChange& change : changes) {
    keep(change);
  }
  if (fault_ == Fault::kKeepAndFail) {
    return refused();
  }
  return {};
}

void StoreMemory::keep(const StoredChange& change) {
  last_index_ = change.index;
  if (change.after) {
    objects_[{change.table, change.key}] = {change.table, change.key, *change.after,
                                            change.created_index, change.index};
  } else {
    objects_.erase({change.table, change.key});
  }
  log_.push_back(change);
  for (int step = 0; step < 2 && is_oldest_too_old(); ++step) {  // twice as fast as it grows
    trimmed_index_ = log_.front().index;
    log_.pop_front();
  }
}

bool StoreMemory::is_oldest_too_old() const {
  const Retention& retention = options_.retention;
  return log_.size() > retention.changes_max ||
         (retention.age_max > base::Nanos(0) &&
          log_.front().time < log_.back().time - retention.age_max);
}

base::Result<std::vector<StoredChange>> StoreMemory::follow(std::uint64_t index,
                                                            std::size_t limit) {
  const base::MutexLock lock(mutex_);
  WEFT_TRY_VOID(check_usable());
  if (index < trimmed_index_) {
    return base::fail(base::Code::kNotFound, "older changes are no longer kept",
                      base::Side::kStore);
  }
  std::vector<StoredChange> found;
  auto from = std::ranges::upper_bound(log_, index, {}, &StoredChange::index);
  for (; from != log_.end() && found.size() < limit; ++from) {
    found.push_back(*from);
  }
  return found;
}

base::Result<HistoryPage> StoreMemory::history(const HistoryQuery& query) {
  const base::MutexLock lock(mutex_);
  WEFT_TRY_VOID(check_usable());
  HistoryPage page;
  for (auto it = log_.rbegin(); it != log_.rend(); ++it) {
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
  if (is_released_) {
    return base::fail(base::Code::kUnavailable, "the store was let go of", base::Side::kStore,
                      base::Retry::kSafe);
  }
  return fault_ == Fault::kRefuse ? base::Result<void>(refused()) : base::Result<void>();
}

base::Result<void> StoreMemory::release() {
  const base::MutexLock lock(mutex_);
  is_released_ = true;
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
