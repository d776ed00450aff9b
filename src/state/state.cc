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

base::Error given_up() {
  return {Code::kUnavailable, base::Side::kSelf, base::Retry::kSafe, 0,
          "another process has taken over, ask again"};
}

}  // namespace

State::State(const StateParts& parts, const Options& options)
    : loop_(parts.loop),
      pool_(parts.pool),
      store_(parts.store),
      log_(parts.log),
      meters_(parts.meters),
      options_(options),
      heard_(parts.heard),
      feed_(parts.loop, options.feed, &meters_.limits()),
      open_(std::make_shared<Batch>(parts.loop)),
      commits_over_(parts.loop),
      recovered_(parts.loop),
      waiting_pool_(parts.waiting_pool) {}

State::~State() = default;

io::Task<Result<void>> State::start() {
  WEFT_ASSERT(!started_);
  // The worker has the draft for itself: nothing else runs before started_.
  const auto load = [this] { return load_all(store_, draft_, *view_, log_); };
  WEFT_CO_TRY_VOID(co_await pool_.run(loop_, load));
  follow_defaults(draft_, options_.cluster_defaults);
  view_ = draft_.freeze();
  feed_.open(view_);
  started_ = true;
  if (store_.is_shared()) {
    if (waiting_pool_ == nullptr) {
      own_waiting_pool_ = std::make_unique<io::BlockingPool>(1);
      waiting_pool_ = own_waiting_pool_.get();
    }
    following_.spawn("state follow", follow_others());
  }
  co_return Result<void>();
}

io::Task<void> State::stop() {
  stopping_ = true;
  feed_.close();
  store_.stop_waiting();
  if (hold_ != Hold::kNone) {
    drop_waiting(
        {Code::kShutdown, base::Side::kSelf, base::Retry::kNever, 0, "the state is closing"});
  }
  co_await scope_.join();
  co_await following_.stop();
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
  if (open_->commands() >= options_.pending_commands_max) {
    return base::fail(Code::kOverloaded, "too many writes wait (pending_commands_max)",
                      base::Side::kSelf, base::Retry::kSafe);
  }
  return {};
}

Result<void> State::judge(const model::Command& command) {
  return state::judge(draft_, command, context(&meters_.limits()));
}

io::Task<Result<Applied>> State::apply(model::Command command) {
  const Result<Applied> applied = co_await apply_once(std::move(command));
  meters_.note_command(applied ? Result<>() : Result<>(base::fail(applied.error())));
  co_return applied;
}

io::Task<Result<Applied>> State::apply_once(model::Command command) {
  WEFT_CO_TRY_VOID(check_open());
  WEFT_CO_TRY_VOID(check_readable());
  if (broken_) {
    WEFT_CO_TRY_VOID(co_await recover());
    WEFT_CO_TRY_VOID(check_open());
  }
  std::vector<model::Change> changes;
  const Result<Applied> judged = Batch::judge(draft_, command, context(&meters_.limits()), changes);
  if (!judged && is_final(judged.error())) {
    co_return judged;
  }
  const std::shared_ptr<Batch> batch = open_;
  const std::size_t place = batch->add(std::move(command), judged, std::move(changes));
  begin_commit();
  co_return co_await batch->outcome(place);
}

// With a shared store the draft may be behind what others wrote, or ahead by what is thrown away
// when they did: a refusal counts when the store was asked. What breaks a rule of its type always
// does.
bool State::is_final(const base::Error& refusal) const {
  return !store_.is_shared() || refusal.code == Code::kInvalid;
}

CommandContext State::context(base::LimitMeters* reached) const {
  return {.time = loop_.wall_now(),
          .limits = options_.limits,
          .reached = reached,
          .cluster_defaults = options_.cluster_defaults};
}

// A shared store that has failed is asked by recover_soon() alone: everybody else would wait for
// it.
Result<void> State::check_readable() const {
  return broken_ && store_.is_shared() ? Result<void>(base::fail(store_has_failed()))
                                       : Result<void>();
}

io::Task<Result<void>> State::catch_up() {
  if (stopping_) {
    co_return base::fail(Code::kShutdown, "the state is closing");
  }
  if (!store_.is_shared()) {
    co_return Result<void>();
  }
  if (hold_ == Hold::kGone) {
    co_return base::fail(given_up());
  }
  if (!started_) {
    co_return base::fail(store_has_failed());
  }
  WEFT_CO_TRY_VOID(check_readable());
  const std::shared_ptr<Batch> batch = open_;
  batch->add_question();
  begin_commit();
  co_return co_await batch->wait_until_current();
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
  const Result<bool> moved = co_await follow(Reach::kTakeBack);
  hold_ = Hold::kNone;
  if (!moved) {
    log_.error("the store was not taken back, writes are refused until it works again",
               {{"error", base::describe(moved.error())}});
    break_off(moved.error());
    co_return base::fail(moved.error());
  }
  if (*moved && store_.is_shared()) {
    judge_again(*open_);
  } else if (*moved) {
    // Who waits was judged on a state that is no longer the newest.
    drop_waiting({Code::kUnavailable, base::Side::kStore, base::Retry::kSafe, 0,
                  "another process has written meanwhile, ask again"});
  }
  begin_commit();
  co_return Result<void>();
}

void State::give_up_store() {
  hold_ = Hold::kGone;
  drop_waiting(given_up());
}

io::Task<Result<std::vector<model::Change>>> State::changes_since(std::uint64_t index,
                                                                  std::size_t limit) {
  if (auto recent = feed_.since(index)) {
    recent->resize(std::min(recent->size(), limit));
    co_return *std::move(recent);
  }
  WEFT_CO_TRY_VOID(check_readable());
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
  WEFT_CO_TRY_VOID(check_readable());
  const auto read = [&store = store_, &query] { return store.history(query); };
  co_return co_await pool_.run(loop_, read);
}

}  // namespace weft::state
