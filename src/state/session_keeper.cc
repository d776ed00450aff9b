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

SessionKeeper::SessionKeeper(io::Loop& loop, State& state, base::Log& log)
    : loop_(loop), state_(state), log_(log) {}

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
  if (const auto* row = state_.view()->find<Session>(session)) {
    watch(*row);
  }
}

// chosen: a session lives for half as long again as it asked for. Consul: between one and two times
// its TTL, so that a renewal that is a little late is not too late.
void SessionKeeper::watch(const model::Row<Session>& row) {
  const base::Nanos ttl = row.object.ttl;
  if (ttl > base::Nanos(0)) {
    watch(About::kSession, row.object.id, row.modified_index, ttl + ttl / 2);
  }
}

void SessionKeeper::watch(const model::Row<LockDelay>& row) {
  watch(About::kLockDelay, row.object.key, row.modified_index,
        std::max(row.object.until - loop_.wall_now(), base::Nanos(0)));
}

void SessionKeeper::watch(About about, const std::string& key, std::uint64_t index,
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
  dues(about).emplace(key, std::move(due));
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
