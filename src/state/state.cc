#include "state/state.h"

#include "state/codec.h"
#include "state/inheritance.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

namespace weft::state {

using base::Code;
using base::Result;

namespace {

std::vector<StoredChange> encode_all(const std::vector<model::Change>& changes) {
  std::vector<StoredChange> stored;
  stored.reserve(changes.size());
  for (const model::Change& change : changes) {
    stored.push_back(encode(change));
  }
  return stored;
}

base::Error given_up() {
  return {Code::kUnavailable, base::Side::kSelf, base::Retry::kSafe, 0,
          "another process has taken over, ask again"};
}

}  // namespace

struct State::Batch {
  explicit Batch(io::Loop& loop) : done(loop) {}

  std::size_t commands = 0;
  std::vector<model::Change> changes;
  bool is_over = false;  // outcome says how the commit went
  Result<void> outcome;
  io::Event done;

  void end(Result<void> how) {
    is_over = true;
    outcome = std::move(how);
    done.notify_all();
  }
};

State::State(const StateParts& parts, const Options& options)
    : loop_(parts.loop),
      pool_(parts.pool),
      store_(parts.store),
      log_(parts.log),
      meters_(parts.meters),
      options_(options),
      feed_(parts.loop, options.feed, &meters_.limits()),
      open_(std::make_shared<Batch>(parts.loop)),
      commits_over_(parts.loop),
      recovered_(parts.loop) {}

State::~State() = default;

io::Task<Result<void>> State::start() {
  WEFT_ASSERT(!started_);
  // The worker has the draft for itself: nothing else runs before started_.
  const auto load = [this]() -> Result<std::uint64_t> {
    return store_.load([this](StoredObject object) -> Result<void> {
      const Result<void> loaded = draft_.load(object);
      if (!loaded) {
        log_.error("a stored object cannot be read", {{"table", object.table},
                                                      {"key", object.key},
                                                      {"error", base::describe(loaded.error())}});
      }
      return loaded;
    });
  };
  WEFT_CO_TRY(const std::uint64_t index, co_await pool_.run(loop_, load));
  draft_.set_index(index);
  follow_defaults(draft_, options_.cluster_defaults);
  view_ = draft_.freeze();
  feed_.open(view_);
  started_ = true;
  co_return Result<void>();
}

io::Task<void> State::stop() {
  stopping_ = true;
  feed_.close();
  if (hold_ != Hold::kNone) {
    drop_waiting(
        {Code::kShutdown, base::Side::kSelf, base::Retry::kNever, 0, "the state is closing"});
  }
  co_await scope_.join();
}

Result<void> State::check_open() const {
  if (stopping_) {
    return base::fail(Code::kShutdown, "the state is closing");
  }
  if (!started_) {
    return base::fail(Code::kUnavailable, "the state is not loaded yet", base::Side::kSelf,
                      base::Retry::kSafe);
  }
  if (hold_ == Hold::kGone) {
    return base::fail(given_up());
  }
  if (open_->commands >= options_.pending_commands_max) {
    return base::fail(Code::kOverloaded, "too many writes wait (pending_commands_max)",
                      base::Side::kSelf, base::Retry::kSafe);
  }
  return {};
}

CommandContext State::command_context() {
  return {.time = loop_.wall_now(),
          .limits = options_.limits,
          .reached = &meters_.limits(),
          .cluster_defaults = options_.cluster_defaults};
}

Result<void> State::judge(const model::Command& command) {
  return state::judge(draft_, command, command_context());
}

io::Task<Result<Applied>> State::apply(model::Command command) {
  const Result<Applied> applied = co_await apply_once(std::move(command));
  meters_.note_command(applied ? Result<>() : Result<>(base::fail(applied.error())));
  co_return applied;
}

io::Task<Result<Applied>> State::apply_once(model::Command command) {
  WEFT_CO_TRY_VOID(check_open());
  if (broken_) {
    WEFT_CO_TRY_VOID(co_await recover());
    WEFT_CO_TRY_VOID(check_open());
  }
  WEFT_CO_TRY(std::vector<model::Change> changes, state::apply(draft_, command, command_context()));
  const Applied applied{.index = draft_.index(), .changes = changes.size()};
  const std::shared_ptr<Batch> batch = open_;
  ++batch->commands;
  std::ranges::move(changes, std::back_inserter(batch->changes));
  begin_commit();
  if (!batch->is_over) {
    WEFT_CO_TRY_VOID(co_await batch->done.wait());
  }
  WEFT_CO_TRY_VOID(batch->outcome);
  co_return applied;
}

void State::begin_commit() {
  if (!committing_ && hold_ == Hold::kNone) {
    committing_ = true;
    scope_.spawn("state commit", commit_all());
  }
}

// One transaction after the other until nobody waits. Commands that arrive during a commit gather
// in open_ and share the next one.
io::Task<void> State::commit_all() {
  while (open_->commands > 0 && hold_ == Hold::kNone) {
    const auto batch = std::exchange(open_, std::make_shared<Batch>(loop_));
    std::shared_ptr<const model::View> view = draft_.freeze();
    Result<void> appended;
    if (!batch->changes.empty()) {
      const auto append = [&store = store_, &batch, last = view_->index()] {
        return store.append(last, encode_all(batch->changes));
      };
      const base::MonoTime begun = loop_.now();
      appended = co_await pool_.run(loop_, append);
      if (appended) {
        meters_.note_commit(batch->changes.size(), loop_.now() - begun);
      }
    }
    if (appended) {
      succeed(*batch, std::move(view));
    } else {
      fail(*batch, appended.error());
    }
  }
  committing_ = false;
  commits_over_.notify_all();
}

void State::succeed(Batch& batch, std::shared_ptr<const model::View> view) {
  if (!batch.changes.empty()) {
    view_ = std::move(view);
    feed_.publish({batch.changes, view_});
  }
  batch.end({});
  feed_.wake(batch.changes);
}

// Commands that gathered meanwhile were judged on what has now failed, so they fail with it.
void State::fail(Batch& batch, const base::Error& error) {
  log_.error("the store has failed, writes are refused until it works again",
             {{"error", base::describe(error)}, {"commands", batch.commands + open_->commands}});
  broken_ = true;
  recovery_at_ = loop_.now() + options_.recovery_pause;
  batch.end(base::fail(error));
  drop_waiting(error);
}

void State::drop_waiting(const base::Error& error) {
  draft_.reset(*view_);
  std::exchange(open_, std::make_shared<Batch>(loop_))->end(base::fail(error));
}

io::Task<Result<void>> State::release_store() {
  hold_ = Hold::kWait;
  Result<void> released;
  while (committing_ && released) {
    released = co_await commits_over_.wait();
  }
  if (released && broken_) {
    released = base::fail(Code::kUnavailable, "the store has failed", base::Side::kStore);
  }
  if (released) {
    released = co_await pool_.run(loop_, [&store = store_] { return store.release(); });
  }
  if (!released) {
    hold_ = Hold::kNone;
    begin_commit();
  }
  co_return released;
}

io::Task<Result<void>> State::take_back_store() {
  const auto take_back = [&store = store_,
                          index = view_->index()]() -> Result<std::vector<StoredChange>> {
    WEFT_TRY_VOID(store.take_back());
    return store.follow(index, std::numeric_limits<std::int32_t>::max());
  };
  const auto missed = co_await pool_.run(loop_, take_back);
  hold_ = Hold::kNone;
  Result<void> taken;
  if (!missed) {
    taken = base::fail(missed.error());
  } else if (!missed->empty()) {
    // Who waits was judged on a state that is no longer the newest.
    drop_waiting({Code::kUnavailable, base::Side::kStore, base::Retry::kSafe, 0,
                  "another process has written meanwhile, ask again"});
    taken = replay(*missed);
  }
  if (!taken) {
    log_.error("the store was not taken back, writes are refused until it works again",
               {{"error", base::describe(taken.error())}});
    broken_ = true;
    recovery_at_ = loop_.now() + options_.recovery_pause;
    drop_waiting(taken.error());
  } else if (open_->commands > 0) {
    begin_commit();
  }
  co_return taken;
}

void State::give_up_store() {
  hold_ = Hold::kGone;
  drop_waiting(given_up());
}

// Asks the store what it really has: the failed append may have become durable after all.
io::Task<Result<void>> State::recover() {
  const auto refuse = [] {
    return base::fail(Code::kUnavailable, "the store has failed, retry later", base::Side::kStore,
                      base::Retry::kSafe);
  };
  if (recovering_) {
    WEFT_CO_TRY_VOID(co_await recovered_.wait());
    co_return broken_ ? Result<void>(refuse()) : Result<void>();
  }
  if (loop_.now() < recovery_at_) {
    co_return refuse();
  }
  recovering_ = true;
  const auto follow = [&store = store_,
                       index = view_->index()]() -> Result<std::vector<StoredChange>> {
    WEFT_TRY_VOID(store.take_back());
    return store.follow(index, std::numeric_limits<std::int32_t>::max());
  };
  const auto missed = co_await pool_.run(loop_, follow);
  const Result<void> replayed = missed ? replay(*missed) : Result<void>(base::fail(missed.error()));
  if (replayed) {
    log_.info("the store works again", {{"index", view_->index()}});
    broken_ = false;
  } else {
    recovery_at_ = loop_.now() + options_.recovery_pause;
  }
  recovering_ = false;
  recovered_.notify_all();
  co_return replayed ? Result<void>() : Result<void>(refuse());
}

Result<void> State::replay(const std::vector<StoredChange>& missed) {
  std::vector<model::Change> changes;
  for (const StoredChange& stored : missed) {
    WEFT_TRY(model::Change change, draft_.replay(stored));
    changes.push_back(std::move(change));
  }
  if (!changes.empty()) {
    view_ = draft_.freeze();
    feed_.publish({changes, view_});
    feed_.wake(changes);
  }
  return {};
}

io::Task<Result<std::vector<model::Change>>> State::changes_since(std::uint64_t index,
                                                                  std::size_t limit) {
  if (auto recent = feed_.since(index)) {
    recent->resize(std::min(recent->size(), limit));
    co_return *std::move(recent);
  }
  const auto read = [&store = store_, index, limit]() -> Result<std::vector<model::Change>> {
    WEFT_TRY(const std::vector<StoredChange> stored, store.follow(index, limit));
    std::vector<model::Change> changes;
    for (const StoredChange& each : stored) {
      WEFT_TRY(model::Change change, decode(each));
      changes.push_back(std::move(change));
    }
    return changes;
  };
  co_return co_await pool_.run(loop_, read);
}

io::Task<Result<HistoryPage>> State::history(HistoryQuery query) {
  const auto read = [&store = store_, &query] { return store.history(query); };
  co_return co_await pool_.run(loop_, read);
}

}  // namespace weft::state
