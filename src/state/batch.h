// Batch: the commands that share a transaction, and what each has come to. They are kept until they
// are durable: when another node has written first, they are judged again on what it left.
#pragma once

#include "base/result.h"
#include "io/event.h"
#include "io/loop.h"
#include "io/task.h"
#include "model/change.h"
#include "model/command.h"
#include "state/commands.h"
#include "state/draft.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace weft::state {

// What an applied command came to.
struct Applied {
  std::uint64_t index = 0;    // the view at this index or later shows its effect
  std::uint64_t changes = 0;  // 0: everything was already as asked
};

// Thread: its loop. Lifetime: shared by the commit and everybody who waits for it.
class Batch final {
 public:
  explicit Batch(io::Loop& loop) : moved_(loop) {}

  // Carries out `command` on `draft`; `changes` get those it made.
  // Errors: those of state::apply().
  static base::Result<Applied> judge(Draft& draft, const model::Command& command,
                                     const CommandContext& context,
                                     std::vector<model::Change>& changes);

  // Takes in a command with what it has come to. Returns: its place, for outcome().
  std::size_t add(model::Command command, base::Result<Applied> judged,
                  std::vector<model::Change> changes);
  // Takes in somebody who only asks whether the view is current.
  void add_question() { ++questions_; }
  // Judges everything anew, in the order it came, on a draft that has none of it.
  void judge_again(Draft& draft, const CommandContext& context);

  std::size_t commands() const { return entries_.size(); }
  bool has_work() const { return !entries_.empty() || questions_ > 0; }
  const std::vector<model::Change>& changes() const { return changes_; }

  // The view has all that was durable after the last of them came; who asked for that goes on.
  void set_current();
  bool is_current() const { return is_current_; }
  // It is over: durable, or failed for all alike.
  void end(base::Result<void> how);

  // Waits until it is over. Errors: what failed; what became of the command; kCancelled.
  io::Task<base::Result<Applied>> outcome(std::size_t place);
  // Waits until the view is current. Errors: what failed; kCancelled.
  io::Task<base::Result<void>> wait_until_current();

 private:
  struct Entry {
    model::Command command;
    base::Result<Applied> judged;
  };

  std::vector<Entry> entries_;
  std::vector<model::Change> changes_;
  std::size_t questions_ = 0;
  bool is_current_ = false;
  bool is_over_ = false;
  base::Result<void> how_;
  io::Event moved_;
};

}  // namespace weft::state
