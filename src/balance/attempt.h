// One try of one request at one endpoint: counts as active while it lives, and reports how it went.
#pragma once

#include "balance/cluster.h"
#include "balance/outcome.h"
#include "base/time.h"

namespace weft::balance {

// Made right after pick(), without an await between; lives until the exchange lets go of the
// endpoint (for a tunnel: until its end). Destroyed unsettled, it counts as cancelled.
// Lifetime: cluster and endpoint outlive it; the cluster keeps an endpoint while attempts live.
// Thread:   its loop.
class Attempt final {
 public:
  Attempt(Cluster& cluster, Endpoint& endpoint, base::MonoTime now);
  Attempt(Attempt&& other) noexcept;
  Attempt& operator=(Attempt&& other) noexcept;
  ~Attempt();

  // The verdict, as soon as it is known: with the head of the answer, or with the failure. The time
  // since the attempt began is the endpoint's latency. A second call counts only when a stream that
  // began well broke later (kStreamFailed, kTimeout); other repetitions are ignored.
  void settle(Outcome outcome, base::MonoTime now);

  Endpoint& endpoint() const { return *endpoint_; }

 private:
  void release();

  enum class Progress : std::uint8_t { kRunning, kAnswered, kFailed };

  Cluster* cluster_;
  Endpoint* endpoint_;
  Breaker::Ticket ticket_;
  Progress progress_ = Progress::kRunning;
  base::MonoTime begun_at_;
};

}  // namespace weft::balance
