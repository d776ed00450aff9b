// The embedded store: one SQLite file in the data directory. README.md says why it keeps both the
// objects and a log.
#pragma once

#include "state/store.h"

#include <cstdint>
#include <memory>
#include <string>

namespace weft::state {

// Thread: any (synchronised).
class StoreSqlite final : public Store {
 public:
  struct Options {
    std::string path;                      // of the file; its folder exists
    std::uint64_t changes_kept = 200'000;  // of the log; the objects are kept whatever this says
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

 private:
  struct Open;
  explicit StoreSqlite(std::unique_ptr<Open> open);
  std::unique_ptr<Open> open_;
};

}  // namespace weft::state
