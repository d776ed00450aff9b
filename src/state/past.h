// Past: the state as it was. The change feed is the state: a view of any index that is still kept
// comes from a later view by taking back every change after it, newest first.
//
// Changes are ordered by their index, and by nothing else. What was at a time is the state after
// the last change, by index, whose time is at or before it; where the clock was set back, changes
// of a later time may lie before it.
#pragma once

#include "base/result.h"
#include "io/task.h"
#include "model/view.h"
#include "state/state.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>

namespace weft::state {

// Thread: its loop; the work is done on the pool. Lifetime: `parts` and `state` outlive it; nobody
// waits for it any more when it is destroyed.
class Past final {
 public:
  struct Options {
    std::size_t views_kept = 8;  // of indexes asked for last
    std::size_t walks_max = 8;   // under way at a time; more are kOverloaded
  };

  Past(const StateParts& parts, State& state) : Past(parts, state, Options()) {}
  Past(const StateParts& parts, State& state, const Options& options)
      : loop_(parts.loop),
        pool_(parts.pool),
        store_(parts.store),
        state_(state),
        options_(options) {}
  Past(const Past&) = delete;
  Past& operator=(const Past&) = delete;

  // The state after the last change up to `index`. Rows have the indexes they had; one whose last
  // change the log has forgotten says the index it was created at. The number of a row that is gone
  // may be 0.
  // Errors: kInvalid (the index is not given yet), kNotFound (older than what is kept; oldest()
  // says what is), kOverloaded (walks_max), the store's.
  io::Task<base::Result<std::shared_ptr<const model::View>>> at(std::uint64_t index);

  // The index of the last change at or before `time`, as the top of this file says.
  // Errors: kInvalid (in the future), kNotFound (older than what is kept), kOverloaded, the
  // store's.
  io::Task<base::Result<std::uint64_t>> index_at(base::WallTime time);

  // What is still known.
  struct Oldest {
    std::uint64_t index = 0;             // at() can be asked for
    std::optional<base::WallTime> time;  // index_at() can be asked for; nullopt: any
  };
  // Errors: the store's.
  io::Task<base::Result<Oldest>> oldest();

 private:
  using ViewPtr = std::shared_ptr<const model::View>;

  io::Task<base::Result<ViewPtr>> unwind(ViewPtr later, std::uint64_t index);
  io::Task<base::Result<ViewPtr>> walk_store(ViewPtr later, std::uint64_t index);
  io::Task<base::Result<std::uint64_t>> search_store(base::WallTime time);
  ViewPtr nearest(std::uint64_t index) const;
  void remember(const ViewPtr& view);

  io::Loop& loop_;
  io::BlockingPool& pool_;
  Store& store_;
  State& state_;
  const Options options_;
  std::deque<ViewPtr> views_;  // the last asked for first
  std::size_t walks_ = 0;
};

}  // namespace weft::state
