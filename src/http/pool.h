// Idle connections to one backend, newest first, per loop.
#pragma once

#include "base/time.h"
#include "http/idle_learner.h"
#include "io/socket.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace weft::http {

struct PoolOptions {
  std::size_t idle_max = 1024;                   // per backend and loop; more are closed
  base::Nanos idle_timeout = base::Seconds(60);  // an idle connection older than this is closed
};

// A connection that was kept.
struct Kept {
  io::Socket socket;
  std::uint32_t requests = 0;  // that it has carried
  base::Nanos idled{0};        // and for how long it was kept
};

// Learns how long the backend keeps idle connections, and uses none that comes near that age.
// Thread: its loop, no sharing: a connection never changes loops.
class BackendPool final {
 public:
  explicit BackendPool(PoolOptions options) : options_(options) {}

  // Returns: a connection that is not known to be dead; nullopt when a new one is needed.
  std::optional<Kept> take(base::MonoTime now);

  // Keeps a connection whose last exchange ended cleanly; it has carried so many `requests`.
  void give(io::Socket socket, base::MonoTime now, std::uint32_t requests);

  // One that was taken after `idled` was dead all the same: so are the others, which idled longer.
  void on_stale(base::Nanos idled, base::MonoTime now);
  // The backend said how long it keeps idle connections.
  void on_announced(base::Nanos timeout) { learner_.on_announced(timeout); }

  // Closes what has idled too long or died. Called about once a second.
  void sweep(base::MonoTime now);
  void close_all() { idle_.clear(); }
  // From now on so many are kept at most; the oldest of those beyond are closed. 0: none.
  void keep_at_most(std::size_t idle_max);

  std::size_t idle() const { return idle_.size(); }
  const IdleLearner& learner() const { return learner_; }

 private:
  struct Idle {
    io::Socket socket;
    base::MonoTime since;
    std::uint32_t requests;
  };

  base::Nanos usable() const { return std::min(options_.idle_timeout, learner_.usable()); }

  PoolOptions options_;
  IdleLearner learner_;
  std::vector<Idle> idle_;  // oldest first
};

}  // namespace weft::http
