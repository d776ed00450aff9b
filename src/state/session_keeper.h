// SessionKeeper: ends sessions that nobody renews, and lock delays that are over.
// Source: contract/consul.md §6.
#pragma once

#include "base/hash.h"
#include "base/log.h"
#include "io/loop.h"
#include "io/task.h"
#include "io/timer_wheel.h"
#include "state/state.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace weft::state {

// Renewals are not durable: after a start every session has its whole time again.
// Thread: its loop. Lifetime: stop() has ended before it is destroyed; the state outlives it.
class SessionKeeper final {
 public:
  // For several processes that share a state, each of which looks after some sessions.
  struct Sharing {
    // Is this session ours? Asked when it is due, and again by reconsider(). Empty: all are.
    std::function<bool(const model::Session&)> owns{};
    // Passes a renewal of a session that is not ours on to the one whose it is.
    std::function<void(const std::string& session)> forward{};
    // Puts it into a command that its writer looks after what it is about. Empty: as it is.
    std::function<model::Command(model::Command)> as_ours{};
  };

  SessionKeeper(io::Loop& loop, State& state, base::Log& log, Sharing sharing);
  SessionKeeper(io::Loop& loop, State& state, base::Log& log)
      : SessionKeeper(loop, state, log, Sharing{}) {}
  SessionKeeper(const SessionKeeper&) = delete;
  SessionKeeper& operator=(const SessionKeeper&) = delete;
  ~SessionKeeper();

  // Begins with the state as it is, and follows it.
  void start();
  io::Task<void> stop();

  // The session is in use: it has its whole time again. Unknown ones are ignored.
  void renew(std::string_view session);

  // Who has which sessions may have changed. One that became ours has its whole time again, for
  // nobody here has heard of its renewals.
  void reconsider();

 private:
  enum class About : std::uint8_t { kSession, kLockDelay };
  struct Due : io::Timer {
    SessionKeeper* keeper = nullptr;
    About about = About::kSession;
    std::string key;
    std::uint64_t index = 0;  // of the row: one that was written since is another matter
    bool is_ours = true;      // when it was last asked
  };
  using Dues =
      std::unordered_map<std::string, std::unique_ptr<Due>, base::TextHash, std::equal_to<>>;

  void follow(const model::Change& change);
  bool owns(const model::Session& session) const;
  void watch(const model::Row<model::Session>& row);
  void watch(const model::Row<model::LockDelay>& row);
  Due& watch(About about, const std::string& key, std::uint64_t index, base::Nanos after);
  void forget(About about, std::string_view key);
  static void expire(io::Timer& timer);
  io::Task<void> send_all();
  Dues& dues(About about) { return about == About::kSession ? sessions_ : delays_; }

  io::Loop& loop_;
  State& state_;
  base::Log& log_;
  const Sharing sharing_;
  Dues sessions_;
  Dues delays_;
  std::deque<model::Delete> ended_;
  Feed::Subscription following_;
  io::TaskScope scope_;
};

}  // namespace weft::state
