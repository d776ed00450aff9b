// State: the heart. All configuration and catalogue data, changed by commands only, one after the
// other, durable before anybody hears of it.
//
//   model::Command command{.actor = "admin", .steps = {model::Put{instance}}};
//   auto applied = co_await state.apply(std::move(command));
//   for (const auto& row : state.view()->instances_of("web")) ...
//
// (Give commands a name as above: g++ 12 miscompiles braced temporaries within a co_await.)
//
// The way of a write: apply() judges it against the draft and gives the index (commands.h); the
// commit under way takes everybody who came meanwhile into its next transaction (store.h); the
// batch is published (feed.h); the writers are answered.
//
// Several nodes may share a store. Then a batch that another node has overtaken is judged again on
// what it finds (batch.h), so that writes are linearizable over all nodes, and what others write is
// followed and published as one's own (missed.h). A read sees the last view followed; who needs
// what is durable now awaits catch_up() before it.
#pragma once

#include "base/log.h"
#include "base/meters.h"
#include "base/result.h"
#include "io/blocking_pool.h"
#include "io/event.h"
#include "io/loop.h"
#include "io/task.h"
#include "model/change.h"
#include "model/command.h"
#include "model/view.h"
#include "state/batch.h"
#include "state/commands.h"
#include "state/draft.h"
#include "state/feed.h"
#include "state/missed.h"
#include "state/state_meters.h"
#include "state/store.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weft::state {

// What the state needs from its node. Lifetime: outlives the state.
struct StateParts {
  io::Loop& loop;
  io::BlockingPool& pool;  // for the store
  Store& store;
  base::Log& log;
  base::MeterRegistry& meters;
  // Gets what other nodes told, on the loop. May be empty.
  std::function<void(std::string_view word)> heard{};
  // Where the state waits for other nodes, when the store is shared; nothing else may run there.
  // Null: a thread of its own.
  io::BlockingPool* waiting_pool = nullptr;
};

// Thread: its loop. The views it hands out go anywhere.
class State final {
 public:
  struct Options {
    CommandLimits limits{};
    model::ClusterSettings cluster_defaults{};  // what nobody set for a service
    Feed::Options feed{};
    std::size_t pending_commands_max = 16'384;  // waiting for one commit; more are kOverloaded
    // After the store has failed, writes are refused that long before it is asked again.
    base::Nanos recovery_pause = base::Millis(500);
    // Of one wait for other nodes; after it the connection is looked at, and waited on again.
    base::Millis follow_patience = base::Millis(2000);
  };

  State(const StateParts& parts, const Options& options);
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State();

  // Reads everything from the store.
  // Errors: those of Store::load() and decode_object(); the log names the object.
  io::Task<base::Result<void>> start();

  // Refuses new commands, ends all waits with kShutdown, returns when the last commit is over and
  // nobody is followed any longer.
  io::Task<void> stop();

  // Validates, gives indexes, makes durable, publishes; in this order, whole or not at all.
  // Errors: kInvalid, kNotFound, kConflict, kLimit (commands.h); kOverloaded
  // (pending_commands_max); kUnavailable (the store has failed or gone, retry later); kShutdown;
  // the store's own error, side kStore. After kCancelled the command may still be applied.
  // With a shared store a refusal is as linearizable as a success: it is given on a state that was
  // the newest while the command was here. kUnavailable also when others were always faster.
  io::Task<base::Result<Applied>> apply(model::Command command);

  // Returns when the view has everything that was durable when it was called, whoever wrote it. At
  // once when the store is not shared.
  // Errors: kUnavailable (the store has failed or gone), kShutdown, kCancelled, the store's.
  io::Task<base::Result<void>> catch_up();

  // Do other nodes share the store?
  bool is_shared() const { return store_.is_shared(); }
  // Tells the other nodes something each, beside the state: Store::tell(), which has the errors.
  io::Task<base::Result<void>> tell(std::vector<std::string> words);
  // Says that this node is there, and who is: Store::attend(), which has the errors.
  io::Task<base::Result<std::vector<std::uint32_t>>> attend(std::uint32_t mark);

  // What a command would come to now; nothing is done. Errors: those of commands.h.
  base::Result<void> judge(const model::Command& command);

  // The state with every command judged so far, durable or not: what the next one is judged on.
  std::shared_ptr<const model::View> judged_view() { return draft_.freeze(); }

  // A hand-over of the store to another process. Commands that come meanwhile wait, judged and not
  // yet durable, as many as pending_commands_max. Returns when the last commit is over and the
  // store has been let go of.
  // Errors: kUnavailable (it has failed); kCancelled; Store::release()'s. Commands go on then.
  io::Task<base::Result<void>> release_store();
  // The same for who has not got the store for good yet: commands wait, the store stays.
  void hold_commands() { hold_ = Hold::kWait; }
  // It is ours, again or for good, with what somebody else may have written; who waited is served.
  // Errors: Store::take_back()'s; then the store has failed, and it is asked again as after any
  // failure.
  io::Task<base::Result<void>> take_back_store();
  // It is another process's for good: who waits and who comes gets kUnavailable.
  void give_up_store();

  // False during and after a hand-over to another process.
  bool has_store() const { return hold_ == Hold::kNone; }

  // The newest durable state. Never null.
  const std::shared_ptr<const model::View>& view() const { return view_; }

  Feed& feed() { return feed_; }

  // The changes after `index`, oldest first, at most `limit`, from memory or the store.
  // Errors: kNotFound when some are no longer kept; the store's.
  io::Task<base::Result<std::vector<model::Change>>> changes_since(std::uint64_t index,
                                                                   std::size_t limit);

  // The audit log, newest first. Errors: the store's.
  io::Task<base::Result<HistoryPage>> history(HistoryQuery query);

  // False while the store fails and writes are refused.
  bool is_writable() const { return !broken_; }

 private:
  io::Task<base::Result<Applied>> apply_once(model::Command command);
  base::Result<void> check_open() const;
  base::Result<void> check_readable() const;
  bool is_final(const base::Error& refusal) const;
  CommandContext context(base::LimitMeters* reached) const;

  // Commits, and what others wrote, one after the other.
  void begin_commit();
  bool has_work() const;
  io::Task<void> commit_all();
  io::Task<void> commit(std::shared_ptr<Batch> batch);
  io::Task<base::Result<void>> make_durable(Batch& batch);
  void judge_again(Batch& batch);
  void succeed(Batch& batch, std::shared_ptr<const model::View> view);
  void give_up(Batch& batch);
  void fail(Batch& batch, const base::Error& error);
  void drop_waiting(const base::Error& error);
  void break_off(const base::Error& error);

  // What others wrote.
  enum class Reach : std::uint8_t { kHave, kTakeBack };
  io::Task<base::Result<bool>> follow(Reach reach);
  base::Result<void> take_over(Missed& missed);
  base::Result<std::vector<model::Change>> replay(const Missed& missed);
  std::vector<model::Change> adopt(Draft& reloaded);
  io::Task<void> follow_others();
  io::Task<base::Result<void>> wait_until_followed();
  void hear(const std::vector<std::string>& words);
  void note_following(const base::Result<Heard>& later);

  // After the store has failed.
  static base::Error store_has_failed();
  io::Task<base::Result<void>> recover();
  io::Task<void> recover_soon();

  io::Loop& loop_;
  io::BlockingPool& pool_;
  Store& store_;
  base::Log& log_;
  StateMeters meters_;
  const Options options_;
  const std::function<void(std::string_view)> heard_;

  Draft draft_;  // ahead of view_ by what is not yet durable
  std::shared_ptr<const model::View> view_ = std::make_shared<const model::View>();
  Feed feed_;
  std::shared_ptr<Batch> open_;    // takes commands until the commit under way is over
  std::uint64_t later_index_ = 0;  // others have written up to here, as far as was heard
  bool started_ = false;
  bool stopping_ = false;
  bool committing_ = false;
  enum class Hold : std::uint8_t { kNone, kWait, kGone };
  Hold hold_ = Hold::kNone;  // of commits, for a hand-over
  io::Event commits_over_;   // one of them, or all
  bool broken_ = false;      // the last append failed; the draft is back at view_
  base::MonoTime recovery_at_{};
  bool recovering_ = false;
  io::Event recovered_;
  io::TaskScope scope_;
  std::unique_ptr<io::BlockingPool> own_waiting_pool_;
  io::BlockingPool* waiting_pool_;
  bool is_following_ = true;  // as far as the log was told
  io::TaskScope following_;   // what goes on until it is stopped
};

}  // namespace weft::state
