// The fake store: keeps everything in memory and fails when told to.
#pragma once

#include "base/mutex.h"
#include "io/descriptor_wait.h"
#include "state/retention.h"
#include "state/store.h"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace weft::state {

// As one node sees it: what is kept may be shared (open_beside), faults are its own.
// Thread: any (synchronised).
class StoreMemory final : public Store {
 public:
  struct Options {
    Retention retention{.changes_max = 100'000};
    bool is_shared = false;
  };

  StoreMemory() : StoreMemory(Options{}) {}
  explicit StoreMemory(const Options& options);
  ~StoreMemory() override;

  // The same store as another node sees it. Needs options.is_shared.
  std::unique_ptr<StoreMemory> open_beside() const;

  base::Result<std::uint64_t> load(const ObjectSink& each) override;
  base::Result<void> append(std::uint64_t last_index,
                            std::span<const StoredChange> changes) override;
  base::Result<std::vector<StoredChange>> follow(std::uint64_t index, std::size_t limit) override;
  base::Result<HistoryPage> history(const HistoryQuery& query) override;
  base::Result<void> release() override;
  base::Result<void> take_back() override;
  bool is_shared() const override { return options_.is_shared; }
  base::Result<Heard> wait_for_later(std::uint64_t index, base::Millis patience) override;
  void stop_waiting() override;
  base::Result<void> tell(std::span<const std::string> words) override;
  base::Result<std::vector<std::uint32_t>> attend(std::uint32_t mark) override;

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
  // What is kept.
  struct Shelf {
    void keep(const StoredChange& change, const Retention& retention) WEFT_REQUIRES(mutex);
    bool is_oldest_too_old(const Retention& retention) const WEFT_REQUIRES(mutex);

    base::Mutex mutex;
    std::map<std::pair<std::string, std::string>, StoredObject> objects WEFT_GUARDED_BY(mutex);
    std::deque<StoredChange> log WEFT_GUARDED_BY(mutex);
    std::uint64_t last_index WEFT_GUARDED_BY(mutex) = 0;
    std::uint64_t trimmed_index WEFT_GUARDED_BY(mutex) = 0;        // the last change no longer kept
    std::vector<const StoreMemory*> views WEFT_GUARDED_BY(mutex);  // of all nodes
    std::map<const StoreMemory*, std::vector<std::string>> told WEFT_GUARDED_BY(mutex);  // to each
    // Who is there, by mark, and as whom.
    std::map<std::uint32_t, const StoreMemory*> there WEFT_GUARDED_BY(mutex);
    // A node that kept coming too late, and how many of the others' appends it is still put before.
    const StoreMemory* turn WEFT_GUARDED_BY(mutex) = nullptr;
    int turn_left WEFT_GUARDED_BY(mutex) = 0;
  };

  StoreMemory(const Options& options, std::shared_ptr<Shelf> shelf);
  base::Result<void> check_usable() const;
  bool comes_too_late(std::uint64_t last_index) WEFT_REQUIRES(shelf_->mutex);
  void leave() WEFT_REQUIRES(shelf_->mutex);

  const Options options_;
  const std::shared_ptr<Shelf> shelf_;
  const io::WakeFlag rung_;                           // by an append, or to end the wait
  int conflicts_ WEFT_GUARDED_BY(shelf_->mutex) = 0;  // since the last append

  mutable base::Mutex mutex_;
  std::size_t append_count_ WEFT_GUARDED_BY(mutex_) = 0;
  Fault fault_ WEFT_GUARDED_BY(mutex_) = Fault::kNone;
  bool is_released_ WEFT_GUARDED_BY(mutex_) = false;
  bool is_stopped_ WEFT_GUARDED_BY(mutex_) = false;
  std::function<void(std::size_t)> append_hook_ WEFT_GUARDED_BY(mutex_);
};

}  // namespace weft::state
