// How long a backend keeps idle connections open, learned from its behaviour, so that a connection
// is retired before the backend closes it and no request meets one that is just being closed.
// Start at IdleLearner::usable().
#pragma once

#include "base/time.h"

#include <optional>
#include <string_view>

namespace weft::http {

// Three things teach:
//   - a connection that was found dead: the backend closes at that age, or earlier;
//   - one that is alive at an age beyond what was learned: it closes later now;
//   - what the backend itself says (Keep-Alive: timeout=N).
// A death is believed when another one confirms it: all the connections of a backend that restarts
// end at once and say nothing about its timeout.
// Thread: its loop; pure, clocked from outside. Allocates nothing.
class IdleLearner final {
 public:
  static constexpr base::Nanos kUnknown = base::Nanos::max();

  // A connection that idled so long must not be used any more; kUnknown: nothing was learned.
  base::Nanos usable() const { return usable_; }
  // The shortest time after which the backend was seen to close; kUnknown: never seen.
  base::Nanos learned() const { return learned_; }
  // The time the backend says it waits; kUnknown: it says nothing.
  base::Nanos announced() const { return announced_; }

  // A connection that had idled that long was found closed by the backend.
  void on_died(base::Nanos idled, base::MonoTime now);
  // One was seen alive. Called at most about once a second, for the oldest: each call lets what was
  // learned grow by half, so that one connection that lives long among short ones changes little.
  void on_alive(base::Nanos idled);
  // Replaces what the backend said before; kUnknown takes it back.
  void on_announced(base::Nanos timeout);

 private:
  void settle();

  base::Nanos learned_ = kUnknown;
  base::Nanos announced_ = kUnknown;
  base::Nanos usable_ = kUnknown;
  // The shortest age of recent deaths, which nothing has confirmed yet.
  base::Nanos suspected_ = kUnknown;
  base::MonoTime suspected_since_{};
};

// The timeout in a Keep-Alive field, such as `timeout=5, max=100`; nullopt: none, or 0.
// Source: RFC 2068 §19.7.1.1, and what Apache and Node.js send.
std::optional<base::Nanos> announced_idle_timeout(std::string_view keep_alive);

}  // namespace weft::http
