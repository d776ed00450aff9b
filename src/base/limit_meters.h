// weft_limit_reached_total{limit="..."}: how often each limit of base/limits.h said no.
#pragma once

#include "base/limits.h"
#include "base/meters.h"

#include <array>
#include <cstdint>

namespace weft::base {

// One per writer; readers see the sum. Thread: its loop.
class LimitMeters final {
 public:
  explicit LimitMeters(MeterRegistry& registry);
  void reached(Limit limit) { counters_[static_cast<std::size_t>(limit)]->add(); }
  std::uint64_t count(Limit limit) const {
    return counters_[static_cast<std::size_t>(limit)]->value();
  }

 private:
  MeterGroup group_;
  std::array<Counter*, kLimitTable.size()> counters_{};
};

}  // namespace weft::base
