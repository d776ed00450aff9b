#include "balance/limits.h"

namespace weft::balance {

base::Result<LimitSlot> Limits::take_connection() {
  if (connections_ >= options_.connections_max) {
    ++connections_refused_total_;
    return base::fail(base::Code::kLimit, "the endpoint's connection limit is reached",
                      base::Side::kSelf, base::Retry::kSafe);
  }
  return LimitSlot(connections_);
}

base::Result<LimitSlot> Limits::take_pending() {
  if (pending_ >= options_.pending_max) {
    ++pending_refused_total_;
    return base::fail(base::Code::kOverloaded,
                      "the endpoint's limit of pending requests is reached", base::Side::kSelf,
                      base::Retry::kSafe);
  }
  return LimitSlot(pending_);
}

}  // namespace weft::balance
