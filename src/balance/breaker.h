// The circuit breaker of one endpoint: after too many failures it takes no calls for a while, then
// a few trials decide. Start at BreakerState; attempt.h is what drives it.
#pragma once

#include "balance/rolling_counter.h"
#include "base/time.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace weft::balance {

enum class BreakerState : std::uint8_t {
  kClosed,    // calls pass
  kOpen,      // no calls until the recovery timeout is over
  kHalfOpen,  // a limited number of trials pass
};

// "closed", "open", "half-open". Source: contract/sutazai.md §1.1. Lifetime: static.
std::string_view breaker_state_name(BreakerState state);

// Source: contract/README.md "Every service through the gateway", contract/sutazai.md §1.1.
struct BreakerOptions {
  enum class Use : std::uint8_t { kOn, kOff };
  Use use = Use::kOn;
  std::uint32_t consecutive_failures = 5;  // opens at this many in a row; 0 = never by count
  base::Nanos recovery_timeout = base::Seconds(60);
  std::uint32_t half_open_trials = 1;  // all must succeed to close; at least 1
  // Opens when failures / calls of the window reach this; 0 = off. chosen: off, because the
  // contract's breaker counts consecutive failures only.
  double error_ratio = 0;
  std::uint32_t error_volume_min = 20;           // calls in the window before the ratio counts
  base::Nanos error_window = base::Seconds(10);  // fixed when the breaker is made
};

// A call takes a ticket from begin() and gives it back once, by settle() or cancel(). Verdicts of
// calls that began before the last change of state are ignored: they speak of the past.
// Lifetime: `options` outlives the breaker and may change under it; a change counts at once.
// Thread:   its loop.
class Breaker final {
 public:
  enum class Verdict : std::uint8_t { kSuccess, kFailure };
  // Which period of the breaker a call belongs to; 0 belongs to none and is never counted.
  using Ticket = std::uint32_t;
  // The state that was entered, or nullopt when nothing changed: for meters and records.
  using Change = std::optional<BreakerState>;

  explicit Breaker(const BreakerOptions& options);

  // Lets time work: an open breaker whose recovery timeout is over becomes half-open. Call before
  // admits() and begin().
  Change advance(base::MonoTime now);
  bool admits() const;
  BreakerState state() const { return state_; }
  // When advance() will have something to do; kNever unless open.
  base::MonoTime changes_at() const;

  // Takes a trial when half-open; returns ticket 0 when it does not admit.
  Ticket begin();
  // A ticket may be settled again when a stream broke after its answer had begun.
  Change settle(Ticket ticket, Verdict verdict, base::MonoTime now);
  // The call ended without saying anything about the endpoint.
  void cancel(Ticket ticket);

  // Ends an open period early: the next call is a trial. Source: contract/sutazai.md §1.1.
  Change on_active_check_passed();
  // Closed, with nothing remembered. Source: contract/sutazai.md §1, circuit-breaker reset.
  Change reset();

 private:
  Change enter(BreakerState state);
  Change settle_closed(Verdict verdict, base::MonoTime now);
  bool is_error_ratio_reached(base::MonoTime now);

  const BreakerOptions& options_;
  BreakerState state_ = BreakerState::kClosed;
  Ticket period_ = 1;
  std::uint32_t failures_in_a_row_ = 0;
  std::uint32_t trials_begun_ = 0;
  std::uint32_t trials_succeeded_ = 0;
  base::MonoTime opened_at_{};
  RollingCounter<10> calls_;
  RollingCounter<10> failures_;
};

}  // namespace weft::balance
