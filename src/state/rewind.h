// Rewind: what rows were at an index, gathered from the log page by page, newest change first.
#pragma once

#include "base/result.h"
#include "model/view.h"
#include "state/store.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace weft::state {

// Thread: one at a time.
class Rewind final {
 public:
  explicit Rewind(std::uint64_t index) : index_(index) {}

  // The next older changes, newest first.
  void take(const HistoryPage& page);

  // Is there something that older changes could still say?
  bool wants_more() const { return !reached_ || unknown_ > 0; }

  // `later` with every row as it was; everything after the index has been taken.
  // Errors: those of decode_object().
  base::Result<std::shared_ptr<const model::View>> apply_to(const model::View& later) const;

 private:
  // A row at the index: the oldest change after it says so.
  struct Was {
    std::optional<std::string> body;  // JSON; null: it was not there
    std::uint64_t created_index = 0;
    std::uint64_t modified_index = 0;  // 0: not found yet
  };

  void take_back(const StoredChange& change);
  void note_older(const StoredChange& change);

  const std::uint64_t index_;
  bool reached_ = false;     // the index, or the end of the log
  std::size_t unknown_ = 0;  // rows whose modified index is not found yet
  std::map<std::pair<std::string, std::string>, Was> rows_;  // by table and key
};

}  // namespace weft::state
