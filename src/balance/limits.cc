#include "balance/limits.h"

namespace weft::balance {
namespace {

bool is_met(std::uint32_t count, std::uint32_t limit) { return limit > 0 && count >= limit; }

}  // namespace

base::Result<LimitSlot> Limits::take_connection() {
  if (connections_ >= options_.connections_max ||
      is_met(cluster_.connections, options_.cluster_connections_max)) {
    ++connections_refused_total_;
    return base::fail(base::Code::kLimit, "a limit of connections is reached", base::Side::kSelf,
                      base::Retry::kSafe);
  }
  return LimitSlot(connections_, cluster_.connections);
}

base::Result<LimitSlot> Limits::take_pending() {
  if (pending_ >= options_.pending_max || is_met(cluster_.pending, options_.cluster_pending_max)) {
    ++pending_refused_total_;
    return base::fail(base::Code::kOverloaded, "a limit of pending requests is reached",
                      base::Side::kSelf, base::Retry::kSafe);
  }
  return LimitSlot(pending_, cluster_.pending);
}

}  // namespace weft::balance
