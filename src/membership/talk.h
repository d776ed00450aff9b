// Talk: what comes in at one node and is for another one: reports about checks, renewals of
// sessions. On its way a few milliseconds, and lost when nobody listens, as a datagram is: who
// reports does it again in time.
#pragma once

#include "base/log.h"
#include "base/time.h"
#include "io/loop.h"
#include "io/task.h"
#include "membership/message.h"
#include "state/state.h"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace weft::membership {

// Thread: its loop. Lifetime: stop() is awaited before it is destroyed.
class Talk final {
 public:
  // What was heard; the one whose it is takes it.
  struct Sinks {
    std::function<void(const Report&)> report;
    std::function<void(const std::string& session)> renewal;
  };
  // What comes within this time of the first shares its word.
  static constexpr base::Nanos kGatherTime = base::Millis(5);
  // Reports and renewals that wait; more are dropped, as they would be in a network.
  static constexpr std::size_t kWaitingMax = 10'000;

  Talk(io::Loop& loop, state::State& state, base::Log& log, Sinks sinks);
  Talk(const Talk&) = delete;
  Talk& operator=(const Talk&) = delete;

  // Its output is UTF-8, cut to kOutputBytesMax: with the worst of escapes it fits into a word.
  static constexpr std::size_t kOutputBytesMax = state::Store::kWordBytesMax / 12;
  void tell(Report report);
  void tell_renewal(std::string session);
  // A word of another node.
  void hear(std::string_view word);

  io::Task<void> stop() { co_await scope_.stop(); }

 private:
  bool has_room() const;
  void begin();
  io::Task<void> send_all();
  std::vector<std::string> take_words();

  io::Loop& loop_;
  state::State& state_;
  base::Log& log_;
  const Sinks sinks_;
  Message waiting_;
  io::TaskScope scope_;
};

}  // namespace weft::membership
