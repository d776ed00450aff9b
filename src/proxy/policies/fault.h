// Trouble on purpose, to see what the callers make of it.
#pragma once

#include "base/random.h"
#include "base/time.h"
#include "model/route_policies.h"

#include <cstdint>

namespace weft::proxy {

// What one request is to suffer.
struct InjectedFault {
  base::Nanos delay{0};
  std::uint16_t abort_status = 0;  // 0: the request goes on after the delay

  bool is_any() const { return delay.count() > 0 || abort_status != 0; }
};

// Both shares are drawn independently, so that a request may wait and then be answered.
InjectedFault draw_fault(const model::Fault& fault, base::Random& random);

// Is this request among `percent` of all?
bool is_drawn(double percent, base::Random& random);

}  // namespace weft::proxy
