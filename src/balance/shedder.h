// Load shedding: refuses a share of the new requests while a loop cannot keep up, so that those it
// takes are served in time and control traffic gets through.
#pragma once

#include "base/limits.h"
#include "base/time.h"

#include <cstdint>

namespace weft::balance {

struct ShedderOptions {
  // The delay that everybody on the loop suffers, for a whole interval; 0 = not judged. chosen:
  // 250 ms. All clients a loop takes, 10,000, ready in one turn at some 10 us each are 100 ms, so a
  // loop that is only busy stays well below; one that has this for a whole second is starved (of
  // processor time, or by something that blocks it).
  base::Nanos delay_max = base::default_time_of(base::Limit::kLoopDelayMillis);
  base::Nanos interval = base::Seconds(1);
  // Requests under way on the loop; 0 = not limited. chosen: 0, because each has a connection, and
  // those are limited.
  std::uint32_t requests_max =
      static_cast<std::uint32_t>(base::default_of(base::Limit::kLoopRequests));
};

// As CoDel does for packets: not a long delay is overload, but one that never gets short within an
// interval; a burst that is worked off is none. How much is refused then follows the delay: each
// interval above the maximum lets in less in proportion, each below it lets in a little more.
// Source: Nichols and Jacobson, RFC 8289 §3 (minimum over an interval, 4.4 the reason for it).
// Lifetime: `options` outlives it. Thread: its loop.
class Shedder final {
 public:
  enum class Verdict : std::uint8_t { kAdmit, kTooManyRequests, kTooSlow };

  explicit Shedder(const ShedderOptions& options) : options_(options) {}

  // The loop's last turn, which ended before `now`, took so long: who came meanwhile waited up to
  // that long. Meant to be called often, a call more in the same turn changes nothing.
  void on_turn(base::Nanos took, base::MonoTime now);
  // Of a new request, when `requests` are under way without it.
  Verdict judge(std::uint32_t requests);

  // The share of the new requests that is refused; 0 on a healthy loop.
  double share() const { return share_; }
  std::uint64_t refused_total() const { return refused_total_; }

 private:
  void end_interval(base::MonoTime now);

  const ShedderOptions& options_;
  base::MonoTime interval_ends_at_{};
  base::MonoTime turn_at_{};
  base::Nanos shortest_ = base::Nanos::max();
  std::uint32_t turns_ = 0;
  double share_ = 0;
  double due_ = 0;  // refusals
  std::uint64_t refused_total_ = 0;
};

}  // namespace weft::balance
