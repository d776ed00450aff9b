// State, seen from the store: commits, and what others wrote, one after the other.
#include "state/codec.h"
#include "state/inheritance.h"
#include "state/reload.h"
#include "state/state.h"

#include <algorithm>
#include <utility>

namespace weft::state {

using base::Code;
using base::Result;

namespace {

// How often a batch is judged again. chosen: of two nodes that write all the time one has lost
// every turn after 100 once in 10^30 batches, of ten once in 40,000.
constexpr int kJudgementsMax = 100;

// Between two tries to follow others, at the least.
constexpr base::Nanos kFollowPauseMin = base::Millis(10);

std::vector<StoredChange> encode_all(const std::vector<model::Change>& changes) {
  std::vector<StoredChange> stored;
  stored.reserve(changes.size());
  for (const model::Change& change : changes) {
    stored.push_back(encode(change));
  }
  return stored;
}

std::unexpected<base::Error> others_wrote() {
  return base::fail(Code::kConflict, "another node has written", base::Side::kStore,
                    base::Retry::kSafe);
}

}  // namespace

void State::begin_commit() {
  if (!committing_ && has_work()) {
    committing_ = true;
    scope_.spawn("state commit", commit_all());
  }
}

bool State::has_work() const {
  return hold_ == Hold::kNone && !broken_ && (open_->has_work() || later_index_ > view_->index());
}

// One transaction after the other until nobody waits. Commands that arrive during a commit gather
// in open_ and share the next one.
io::Task<void> State::commit_all() {
  while (has_work()) {
    std::shared_ptr<Batch> batch = std::exchange(open_, std::make_shared<Batch>(loop_));
    co_await commit(std::move(batch));
    commits_over_.notify_all();
  }
  committing_ = false;
  commits_over_.notify_all();
}

// A conflict means that another node has come first; then the batch is judged on what it left.
io::Task<void> State::commit(std::shared_ptr<Batch> batch) {
  std::shared_ptr<const model::View> view = draft_.freeze();
  for (int judgements = 1; judgements <= kJudgementsMax; ++judgements) {
    const Result<void> durable = co_await make_durable(*batch);
    if (durable) {
      succeed(*batch, std::move(view));
      co_return;
    }
    if (durable.error().code != Code::kConflict || !store_.is_shared()) {
      fail(*batch, durable.error());
      co_return;
    }
    const Result<bool> followed = co_await follow(Reach::kHave);
    if (!followed) {
      fail(*batch, followed.error());
      co_return;
    }
    batch->set_current();
    if (*followed) {
      judge_again(*batch);
      view = draft_.freeze();
      judge_again(*open_);
    }
  }
  give_up(*batch);
}

// Errors: kConflict when others have written, or may have, since the batch was judged.
io::Task<Result<void>> State::make_durable(Batch& batch) {
  if (batch.changes().empty()) {
    const bool must_ask = store_.is_shared() && !batch.is_current();
    co_return must_ask ? Result<void>(others_wrote()) : Result<void>();
  }
  if (later_index_ > view_->index()) {
    co_return others_wrote();
  }
  const auto append = [&store = store_, &batch, last = view_->index()] {
    return store.append(last, encode_all(batch.changes()));
  };
  const base::MonoTime begun = loop_.now();
  const Result<void> appended = co_await pool_.run(loop_, append);
  if (appended) {
    meters_.note_commit(batch.changes().size(), loop_.now() - begun);
  }
  co_return appended;
}

void State::judge_again(Batch& batch) {
  if (batch.commands() > 0) {
    meters_.note_judged_again(batch.commands());
    batch.judge_again(draft_, context(nullptr));
  }
}

void State::succeed(Batch& batch, std::shared_ptr<const model::View> view) {
  if (!batch.changes().empty()) {
    view_ = std::move(view);
    feed_.publish({batch.changes(), view_});
  }
  batch.set_current();
  batch.end({});
  feed_.wake(batch.changes());
}

// The store works and has nothing of the batch.
void State::give_up(Batch& batch) {
  draft_.reset(*view_);
  draft_.set_index(view_->index());
  judge_again(*open_);
  batch.end(base::fail(Code::kUnavailable, "other nodes write all the time, ask again",
                       base::Side::kStore, base::Retry::kSafe));
}

// Commands that gathered meanwhile were judged on what has now failed, so they fail with it.
void State::fail(Batch& batch, const base::Error& error) {
  log_.error(
      "the store has failed, writes are refused until it works again",
      {{"error", base::describe(error)}, {"commands", batch.commands() + open_->commands()}});
  batch.end(base::fail(error));
  break_off(error);
}

void State::break_off(const base::Error& error) {
  broken_ = true;
  recovery_at_ = loop_.now() + options_.recovery_pause;
  drop_waiting(error);
  if (store_.is_shared()) {
    following_.spawn("state recovery", recover_soon());
  }
}

void State::drop_waiting(const base::Error& error) {
  draft_.reset(*view_);
  std::exchange(open_, std::make_shared<Batch>(loop_))->end(base::fail(error));
}

// Brings the view to what the store has.
// Returns: whether that was more; then the draft is the view, and what waits is to be judged again.
// Errors: the store's; then the view is as it was.
io::Task<Result<bool>> State::follow(Reach reach) {
  later_index_ = 0;
  const auto read = [&store = store_, reach, view = view_, blank = draft_.blank(),
                     &log = log_]() -> Result<Missed> {
    if (reach == Reach::kTakeBack) {
      WEFT_TRY_VOID(store.take_back());
    }
    return read_missed(store, *view, blank, log);
  };
  Result<Missed> missed = co_await pool_.run(loop_, read);
  if (!missed) {
    co_return base::fail(missed.error());
  }
  const std::uint64_t index = view_->index();
  WEFT_CO_TRY_VOID(take_over(*missed));
  co_return view_->index() != index;
}

Result<void> State::take_over(Missed& missed) {
  if (!missed.reloaded && missed.changes.empty()) {
    return {};
  }
  draft_.reset(*view_);
  if (store_.is_shared()) {
    // Nobody has seen the indexes that were given since, and whoever is first may give them.
    draft_.set_index(view_->index());
  }
  std::vector<model::Change> changes;
  if (missed.reloaded) {
    changes = adopt(*missed.reloaded);
  } else {
    WEFT_TRY(changes, replay(missed));
  }
  view_ = draft_.freeze();
  meters_.note_followed(changes.size());
  feed_.publish({changes, view_});
  if (missed.reloaded) {
    feed_.forget();
  }
  feed_.wake(changes);
  return {};
}

Result<std::vector<model::Change>> State::replay(const Missed& missed) {
  std::vector<model::Change> changes;
  for (const StoredChange& stored : missed.changes) {
    auto change = draft_.replay(stored);
    if (!change) {
      log_.error("a change of another node cannot be read",
                 {{"index", stored.index}, {"table", stored.table}, {"key", stored.key}});
      draft_.reset(*view_);
      return base::fail(change.error());
    }
    // A deletion of what is not here, as of a table that is made of others.
    if (model::has_row(change->before) || model::has_row(change->after)) {
      changes.push_back(*std::move(change));
    }
  }
  return changes;
}

std::vector<model::Change> State::adopt(Draft& reloaded) {
  follow_defaults(reloaded, options_.cluster_defaults);
  // An index that was seen here is never given to another state.
  reloaded.set_index(std::max({reloaded.index(), draft_.index(), view_->index() + 1}));
  draft_ = std::move(reloaded);
  const std::shared_ptr<const model::View> after = draft_.freeze();
  return changes_of_reload(*view_, *after, loop_.wall_now());
}

// Hears that others have written, and has it followed.
io::Task<void> State::follow_others() {
  for (;;) {
    const auto wait = [&store = store_, index = view_->index(),
                       patience = options_.follow_patience] {
      return store.wait_for_later(index, patience);
    };
    const Result<Heard> later = co_await waiting_pool_->run(loop_, wait);
    if (stopping_) {
      co_return;
    }
    note_following(later);
    if (later) {
      later_index_ = std::max(later_index_, later->index);
      begin_commit();
      hear(later->words);
    }
    const Result<void> followed = co_await wait_until_followed();
    if (!followed) {
      co_return;
    }
    if (!later || later_index_ > view_->index()) {
      const auto pause = std::max<base::Nanos>(options_.recovery_pause, kFollowPauseMin);
      const Result<void> slept = co_await loop_.sleep_for(pause);
      if (!slept) {
        co_return;
      }
    }
  }
}

// Errors: kCancelled.
io::Task<Result<void>> State::wait_until_followed() {
  while (committing_ && later_index_ > view_->index()) {
    WEFT_CO_TRY_VOID(co_await commits_over_.wait());
  }
  co_return Result<void>();
}

void State::hear(const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    if (heard_) {
      heard_(word);
    }
  }
}

io::Task<Result<void>> State::tell(std::vector<std::string> words) {
  const auto told = [&store = store_, words = std::move(words)] { return store.tell(words); };
  co_return co_await pool_.run(loop_, told);
}

io::Task<Result<std::vector<std::uint32_t>>> State::attend(std::uint32_t mark) {
  const auto attended = [&store = store_, mark] { return store.attend(mark); };
  co_return co_await pool_.run(loop_, attended);
}

void State::note_following(const Result<Heard>& later) {
  if (hold_ != Hold::kNone || later.has_value() == is_following_) {
    return;
  }
  is_following_ = later.has_value();
  if (is_following_) {
    log_.info("other nodes are followed again", {{"index", view_->index()}});
  } else {
    log_.warning("other nodes cannot be followed, reads are of what is known here",
                 {{"index", view_->index()}, {"error", base::describe(later.error())}});
  }
}

base::Error State::store_has_failed() {
  return {Code::kUnavailable, base::Side::kStore, base::Retry::kSafe, 0,
          "the store has failed, retry later"};
}

// Asks the store what it really has: the failed append may have become durable after all.
io::Task<Result<void>> State::recover() {
  if (recovering_) {
    WEFT_CO_TRY_VOID(co_await recovered_.wait());
    co_return broken_ ? Result<void>(base::fail(store_has_failed())) : Result<void>();
  }
  if (loop_.now() < recovery_at_) {
    co_return base::fail(store_has_failed());
  }
  recovering_ = true;
  const Result<bool> followed = co_await follow(Reach::kTakeBack);
  if (followed) {
    log_.info("the store works again", {{"index", view_->index()}});
    broken_ = false;
  } else {
    recovery_at_ = loop_.now() + options_.recovery_pause;
  }
  recovering_ = false;
  recovered_.notify_all();
  co_return followed ? Result<void>() : Result<void>(base::fail(store_has_failed()));
}

// A shared store that has gone may take its time to answer: no writer waits for that.
io::Task<void> State::recover_soon() {
  while (broken_) {
    const Result<void> slept = co_await loop_.sleep_until(recovery_at_);
    if (!slept) {
      co_return;
    }
    const Result<void> recovered = co_await recover();
    base::ignore(recovered, "it is tried again");
  }
  begin_commit();
}

}  // namespace weft::state
