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
  SessionKeeper(io::Loop& loop, State& state, base::Log& log);
  SessionKeeper(const SessionKeeper&) = delete;
  SessionKeeper& operator=(const SessionKeeper&) = delete;
  ~SessionKeeper();

  // Begins with the state as it is, and follows it.
  void start();
  io::Task<void> stop();

  // The session is in use: it has its whole time again. Unknown ones are ignored.
  void renew(std::string_view session);

 private:
  enum class About : std::uint8_t { kSession, kLockDelay };
  struct Due : io::Timer {
    SessionKeeper* keeper = nullptr;
    About about = About::kSession;
    std::string key;
    std::uint64_t index = 0;  // of the row: one that was written since is another matter
  };
  using Dues =
      std::unordered_map<std::string, std::unique_ptr<Due>, base::TextHash, std::equal_to<>>;

  void follow(const model::Change& change);
  void watch(const model::Row<model::Session>& row);
  void watch(const model::Row<model::LockDelay>& row);
  void watch(About about, const std::string& key, std::uint64_t index, base::Nanos after);
  void forget(About about, std::string_view key);
  static void expire(io::Timer& timer);
  io::Task<void> send_all();
  Dues& dues(About about) { return about == About::kSession ? sessions_ : delays_; }

  io::Loop& loop_;
  State& state_;
  base::Log& log_;
  Dues sessions_;
  Dues delays_;
  std::deque<model::Delete> ended_;
  Feed::Subscription following_;
  io::TaskScope scope_;
};

}  // namespace weft::state
