// How long to wait after an error: twice as long each time, up to a most, and never the same for
// two who failed together.
#pragma once

#include "base/random.h"
#include "base/time.h"

#include <algorithm>

namespace weft::sync {

// Thread: its loop.
class Backoff final {
 public:
  Backoff(base::Nanos first, base::Nanos most) : first_(first), most_(most) {}

  // Between half and the whole of the next step.
  base::Nanos next(base::Random& random) {
    step_ = step_.count() == 0 ? first_ : std::min(step_ * 2, most_);
    const auto half = static_cast<std::uint64_t>(step_.count() / 2);
    return base::Nanos(static_cast<std::int64_t>(half + random.below(half + 1)));
  }
  void reset() { step_ = base::Nanos(0); }

 private:
  const base::Nanos first_;
  const base::Nanos most_;
  base::Nanos step_{0};
};

}  // namespace weft::sync
