#include "state/missed.h"

#include "io/heap.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace weft::state {
namespace {

// Rows of one answer of a store.
constexpr std::size_t kFollowChunk = 4096;

}  // namespace

base::Result<Missed> read_missed(Store& store, const model::View& view, Draft blank,
                                 base::Log& log) {
  Missed missed;
  std::uint64_t index = view.index();
  for (;;) {
    auto chunk = store.follow(index, kFollowChunk);
    if (!chunk && chunk.error().code == base::Code::kNotFound) {
      break;
    }
    if (!chunk) {
      return base::fail(chunk.error());
    }
    const bool is_last = chunk->size() < kFollowChunk;
    std::ranges::move(*chunk, std::back_inserter(missed.changes));
    if (is_last) {
      return missed;
    }
    index = missed.changes.back().index;
  }
  log.warning("the store's log begins after what is known here, everything is read anew",
              {{"index", view.index()}});
  missed.changes.clear();
  WEFT_TRY_VOID(load_all(store, blank, view, log));
  missed.reloaded = std::move(blank);
  return missed;
}

base::Result<void> load_all(Store& store, Draft& draft, const model::View& known, base::Log& log) {
  const auto each = [&](StoredObject object) -> base::Result<void> {
    const base::Result<void> loaded = draft.load(object, known);
    if (!loaded) {
      log.error("a stored object cannot be read", {{"table", object.table},
                                                   {"key", object.key},
                                                   {"error", base::describe(loaded.error())}});
    }
    return loaded;
  };
  WEFT_TRY(const std::uint64_t index, store.load(each));
  draft.set_index(index);
  io::give_back_memory();  // what bodies were read into
  return {};
}

}  // namespace weft::state
