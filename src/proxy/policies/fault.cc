#include "proxy/policies/fault.h"

namespace weft::proxy {

bool is_drawn(double percent, base::Random& random) { return random.unit() * 100 < percent; }

InjectedFault draw_fault(const model::Fault& fault, base::Random& random) {
  InjectedFault out;
  if (fault.delay.count() > 0 && is_drawn(fault.delay_percent, random)) {
    out.delay = fault.delay;
  }
  if (fault.abort_status != 0 && is_drawn(fault.abort_percent, random)) {
    out.abort_status = fault.abort_status;
  }
  return out;
}

}  // namespace weft::proxy
