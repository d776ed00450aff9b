// Three failed probes make unhealthy: results in a row, counted into a status.
#pragma once

#include "model/check.h"

#include <cstdint>

namespace weft::health {

// What is known of a check after its results so far.
struct Verdict {
  model::CheckStatus status = model::CheckStatus::kNone;
  bool no_answer = false;  // meaningful when critical

  bool operator==(const Verdict&) const = default;
};

// Thread: its loop (a value).
class Thresholds final {
 public:
  // Counts one result that is not kNone. Passing and warning results in a row count together, as in
  // Consul: at `healthy_threshold` the check takes the last of them; at `unhealthy_threshold`
  // critical results it is critical, and before that, at `warning_threshold` of them, a warning
  // (Consul: FailuresBeforeWarning). In between nothing changes, but that a critical check always
  // says whether its last failure was an answer.
  // chosen: a critical check that fails again stays critical, whatever came in between; in Consul
  // it is a warning after a success that did not count.
  // Returns: the verdict that follows `now`.
  Verdict fold(const Verdict& now, const Verdict& result, const model::CheckSpec& spec);

  void reset() { *this = Thresholds(); }

 private:
  std::uint16_t good_in_a_row_ = 0;  // both stop at their threshold
  std::uint16_t bad_in_a_row_ = 0;
};

}  // namespace weft::health
