// The fake store: keeps everything in memory and fails when told to.
#pragma once

#include "base/mutex.h"
#include "state/retention.h"
#include "state/store.h"

#include <deque>
#include <functional>
#include <map>
#include <utility>

namespace weft::state {

// Thread: any (synchronised).
class StoreMemory final : public Store {
 public:
  struct Options {
    Retention retention{.changes_max = 100'000};
  };

  StoreMemory() : StoreMemory(Options{}) {}
  explicit StoreMemory(const Options& options) : options_(options) {}

  base::Result<std::uint64_t> load(const ObjectSink& each) override;
  base::Result<void> append(std::uint64_t last_index,
                            std::span<const StoredChange> changes) override;
  base::Result<std::vector<StoredChange>> follow(std::uint64_t index, std::size_t limit) override;
  base::Result<HistoryPage> history(const HistoryQuery& query) override;
  base::Result<void> release() override;
  base::Result<void> take_back() override;

  enum class Fault : std::uint8_t {
    kNone,
    kRefuse,       // appends and reads fail, nothing is kept
    kKeepAndFail,  // appends are kept and yet reported as failed, as after a lost answer
  };
  void set_fault_for_test(Fault fault);
  // Runs on the blocking thread at the start of every append; may block it.
  void set_append_hook_for_test(std::function<void(std::size_t changes)> hook);
  std::size_t append_count_for_test() const;

 private:
  void keep(const StoredChange& change) WEFT_REQUIRES(mutex_);
  bool is_oldest_too_old() const WEFT_REQUIRES(mutex_);
  base::Result<void> check_usable() const WEFT_REQUIRES(mutex_);

  const Options options_;
  mutable base::Mutex mutex_;
  std::map<std::pair<std::string, std::string>, StoredObject> objects_ WEFT_GUARDED_BY(mutex_);
  std::deque<StoredChange> log_ WEFT_GUARDED_BY(mutex_);
  std::uint64_t last_index_ WEFT_GUARDED_BY(mutex_) = 0;
  std::uint64_t trimmed_index_ WEFT_GUARDED_BY(mutex_) = 0;  // the last change no longer kept
  std::size_t append_count_ WEFT_GUARDED_BY(mutex_) = 0;
  Fault fault_ WEFT_GUARDED_BY(mutex_) = Fault::kNone;
  bool is_released_ WEFT_GUARDED_BY(mutex_) = false;
  std::function<void(std::size_t)> append_hook_ WEFT_GUARDED_BY(mutex_);
};

}  // namespace weft::state
