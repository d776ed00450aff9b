#include "state/session_keeper.h"

#include <algorithm>
#include <utility>

namespace weft::state {

using model::LockDelay;
using model::Session;

namespace {

// A state that takes no writes is asked again after this time.
constexpr base::Nanos kRetryPause = base::Seconds(1);

}  // namespace

SessionKeeper::SessionKeeper(io::Loop& loop, State& state, base::Log& log, Sharing sharing)
    : loop_(loop), state_(state), log_(log), sharing_(std::move(sharing)) {}

SessionKeeper::~SessionKeeper() {
  for (Dues* each : {&sessions_, &delays_}) {
    while (!each->empty()) {
      forget(each == &sessions_ ? About::kSession : About::kLockDelay, each->begin()->first);
    }
  }
}

void SessionKeeper::start() {
  const auto view = state_.view();
  for (const auto& row : view->all<Session>()) {
    watch(*row);
  }
  for (const auto& row : view->all<LockDelay>()) {
    watch(*row);
  }
  following_ = state_.feed().subscribe([this](const FeedBatch& batch) {
    for (const model::Change& change : batch.changes) {
      follow(change);
    }
  });
}

io::Task<void> SessionKeeper::stop() {
  following_.end();
  co_await scope_.stop();
}

void SessionKeeper::follow(const model::Change& change) {
  if (const auto session = change.after_as<Session>()) {
    watch(*session);
  } else if (const auto delay = change.after_as<LockDelay>()) {
    watch(*delay);
  } else if (change.table() == model::Table::kSessions) {
    forget(About::kSession, change.key());
  } else if (change.table() == model::Table::kLockDelays) {
    forget(About::kLockDelay, change.key());
  }
}

void SessionKeeper::renew(std::string_view session) {
  const auto* row = state_.view()->find<Session>(session);
  if (row == nullptr) {
    return;
  }
  if (owns(row->object) || !sharing_.forward) {
    watch(*row);
  } else {
    sharing_.forward(row->object.id);
  }
}

bool SessionKeeper::owns(const Session& session) const {
  return !sharing_.owns || sharing_.owns(session);
}

void SessionKeeper::reconsider() {
  const auto view = state_.view();
  for (const auto& row : view->all<Session>()) {
    const auto known = sessions_.find(row->object.id);
    if (known == sessions_.end()) {
      continue;
    }
    Due& due = *known->second;
    const bool is_ours = owns(row->object);
    if (is_ours && (!due.is_ours || !due.is_linked())) {
      watch(*row);
    } else {
      due.is_ours = is_ours;
    }
  }
}

// chosen: a session lives for half as long again as it asked for. Consul: between one and two times
// its TTL, so that a renewal that is a little late is not too late.
void SessionKeeper::watch(const model::Row<Session>& row) {
  const base::Nanos ttl = row.object.ttl;
  if (ttl > base::Nanos(0)) {
    watch(About::kSession, row.object.id, row.modified_index, ttl + ttl / 2).is_ours =
        owns(row.object);
  }
}

void SessionKeeper::watch(const model::Row<LockDelay>& row) {
  watch(About::kLockDelay, row.object.key, row.modified_index,
        std::max(row.object.until - loop_.wall_now(), base::Nanos(0)));
}

SessionKeeper::Due& SessionKeeper::watch(About about, const std::string& key, std::uint64_t index,
                                         base::Nanos after) {
  forget(about, key);
  auto due = std::make_unique<Due>();
  due->keeper = this;
  due->about = about;
  due->key = key;
  due->index = index;
  due->fire = &SessionKeeper::expire;
  due->deadline = loop_.now() + after;
  loop_.timers().add(*due);
  return *dues(about).emplace(key, std::move(due)).first->second;
}

void SessionKeeper::forget(About about, std::string_view key) {
  const auto known = dues(about).find(key);
  if (known == dues(about).end()) {
    return;
  }
  if (known->second->is_linked()) {
    loop_.timers().remove(*known->second);
  }
  dues(about).erase(known);
}

void SessionKeeper::expire(io::Timer& timer) {
  const auto& due = static_cast<const Due&>(timer);
  SessionKeeper& keeper = *due.keeper;
  const auto* session = keeper.state_.view()->find<Session>(due.key);
  if (due.about == About::kSession && session != nullptr && !keeper.owns(session->object)) {
    keeper.watch(*session);  // until it is ours
    return;
  }
  const bool is_session = due.about == About::kSession;
  keeper.ended_.push_back({is_session ? model::Table::kSessions : model::Table::kLockDelays,
                           due.key, model::Condition::index_is(due.index)});
  if (keeper.scope_.size() == 0) {
    keeper.scope_.spawn("ended sessions", keeper.send_all());
  }
}

io::Task<void> SessionKeeper::send_all() {
  while (!ended_.empty()) {
    model::Command command;
    command.actor = "sessions";
    command.steps.emplace_back(ended_.front());
    if (sharing_.as_ours) {
      command = sharing_.as_ours(std::move(command));
    }
    const auto applied = co_await state_.apply(std::move(command));
    if (applied || applied.error().side == base::Side::kClient) {
      ended_.pop_front();  // done, or it was renewed, or has gone
      continue;
    }
    log_.warning("sessions that have run out could not be ended yet",
                 {{"count", ended_.size()}, {"error", base::describe(applied.error())}});
    if (const auto slept = co_await loop_.sleep_for(kRetryPause); !slept) {
      co_return;
    }
  }
}

}  // namespace weft::state
