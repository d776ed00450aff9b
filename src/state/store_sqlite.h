// The embedded store: one SQLite file in the data directory. README.md says why it keeps both the
// objects and a log.
#pragma once

#include "base/mutex.h"
#include "base/time.h"
#include "state/retention.h"
#include "state/store.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace weft::state {

// Thread: any (synchronised).
class StoreSqlite final : public Store {
 public:
  struct Options {
    std::string path{};  // of the file; its folder exists
    Retention retention{};
    // take_back() waits so long for the other process to let go: of one that is killed the kernel
    // closes the connection to us and the database in no certain order.
    base::Millis take_back_patience = base::Millis(2000);
  };

  // Opens, creates or upgrades the database and holds it alone until destruction.
  // Errors: kUnavailable (another process has it), kUnsupported (a newer weft wrote it), kInvalid
  // (another program's), kIo (damaged), kForbidden, kNotFound (no such folder), kNoSpace.
  static base::Result<std::unique_ptr<StoreSqlite>> open(const Options& options);

  ~StoreSqlite() override;
  base::Result<std::uint64_t> load(const ObjectSink& each) override;
  base::Result<void> append(std::uint64_t last_index,
                            std::span<const StoredChange> changes) override;
  base::Result<std::vector<StoredChange>> follow(std::uint64_t index, std::size_t limit) override;
  base::Result<HistoryPage> history(const HistoryQuery& query) override;
  base::Result<void> release() override;
  base::Result<void> take_back() override;
  bool is_shared() const override { return false; }
  base::Result<Heard> wait_for_later(std::uint64_t index, base::Millis /*patience*/) override {
    return Heard{index};
  }
  void stop_waiting() override {}
  base::Result<void> tell(std::span<const std::string> /*words*/) override { return {}; }
  base::Result<std::vector<std::uint32_t>> attend(std::uint32_t mark) override {
    return std::vector{mark};
  }

 private:
  struct Open;
  StoreSqlite(Options options, std::unique_ptr<Open> open);
  static base::Result<std::unique_ptr<Open>> open_database(const Options& options,
                                                           base::Millis patience);

  const Options options_;
  base::Mutex mutex_;                                   // one caller at a time
  std::unique_ptr<Open> open_ WEFT_GUARDED_BY(mutex_);  // null: released
};

}  // namespace weft::state
