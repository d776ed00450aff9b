#include "state/state_meters.h"

#include <string>

namespace weft::state {
namespace {

constexpr base::MeterInfo kCommands{"weft_state_commands_total", "Commands by what became of them"};
constexpr base::MeterInfo kChanges{"weft_state_changes_total", "Changes made durable"};
constexpr base::MeterInfo kCommit{"weft_state_commit_seconds",
                                  "Time from closing a batch to its durability"};

constexpr base::MeterInfo kJudgedAgain{"weft_state_judged_again_total",
                                       "Commands judged anew because another node wrote first"};
constexpr base::MeterInfo kFollowed{"weft_state_followed_changes_total",
                                    "Changes that others wrote to the store"};

}  // namespace

StateMeters::StateMeters(base::MeterRegistry& registry)
    : group_(registry),
      limits_(registry),
      changes_(group_.counter(kChanges)),
      commit_duration_(group_.histogram(kCommit)),
      applied_(group_.counter(kCommands, {{"outcome", "applied"}})) {}

void StateMeters::note_command(const base::Result<>& outcome) {
  if (outcome) {
    applied_.add();
    return;
  }
  const base::Code code = outcome.error().code;
  base::Counter*& counter = refused_[code];
  if (counter == nullptr) {
    counter = &group_.counter(kCommands, {{"outcome", std::string(base::code_name(code))}});
  }
  counter->add();
}

void StateMeters::note_judged_again(std::size_t commands) {
  if (judged_again_ == nullptr) {
    judged_again_ = &group_.counter(kJudgedAgain);
  }
  judged_again_->add(commands);
}

void StateMeters::note_followed(std::size_t changes) {
  if (followed_ == nullptr) {
    followed_ = &group_.counter(kFollowed);
  }
  followed_->add(changes);
}

void StateMeters::note_commit(std::size_t changes, base::Nanos duration) {
  changes_.add(changes);
  commit_duration_.record(duration);
}

}  // namespace weft::state
