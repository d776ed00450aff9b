// ResultIndex: when each part of the state changed last, deletions included. A row's own index
// cannot say that: it goes with the row.
#pragma once

#include "base/hash.h"
#include "model/change.h"
#include "model/view.h"
#include "state/interest.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <unordered_map>

namespace weft::state {

// Thread: its loop.
class ResultIndex final {
 public:
  // Nothing is known of what was before `index`: no part is older.
  void open(std::uint64_t index);
  // `view`: the state after the batch that the change is of.
  void note(const model::Change& change, const model::View& view);

  static bool knows(const Interest& interest);
  // Precondition: knows(interest). `view` is the newest.
  std::uint64_t of(const Interest& interest, const model::View& view) const;

 private:
  struct Grave {
    std::uint64_t index = 0;
    std::string key;
  };
  // Enough for a client that comes back within a minute of busy deletions.
  static constexpr std::size_t kGravesMax = 16'384;

  std::uint64_t of_service(const std::string& name, const model::View& view) const;
  std::uint64_t of_kv(const Interest& interest, const model::View& view) const;

  std::uint64_t floor_ = 0;
  std::uint64_t newest_ = 0;
  std::uint64_t extinct_ = 0;  // the last change of a service that is gone
  std::array<std::uint64_t, model::kTableCount> tables_{};
  std::unordered_map<std::string, std::uint64_t, base::TextHash, std::equal_to<>> services_;
  std::deque<Grave> graves_;        // of the key-value store, oldest first
  std::uint64_t graves_floor_ = 0;  // deletions up to here are no longer told apart
};

}  // namespace weft::state
