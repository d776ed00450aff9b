#include "balance/slow_start.h"

#include "balance/endpoint.h"

#include <algorithm>

namespace weft::balance {
namespace {

// What may be saved up while the strategy, by chance or turn, takes others. chosen: small, so that
// an endpoint that was left alone for a while does not get a burst.
constexpr double kEarnedMax = 8;

}  // namespace

double WarmUp::ratio(const SlowStartOptions& options, base::MonoTime now) const {
  if (now >= ends_at(options)) {
    return 1;
  }
  const double elapsed = base::to_seconds(std::max(now - begun_at_, base::Nanos(0)));
  return options.start_ratio +
         (1 - options.start_ratio) * elapsed / base::to_seconds(options.window);
}

void WarmUp::earn(double requests) { earned_ = std::min(earned_ + requests, kEarnedMax); }

void hold_back_cold(std::vector<Endpoint*>& endpoints, const SlowStartOptions& options,
                    ShareBy share_by, base::MonoTime now) {
  const auto share_of = [share_by](const Endpoint& endpoint) {
    return share_by == ShareBy::kWeight ? endpoint.weight : 1.0;
  };
  double total = 0;
  for (const Endpoint* endpoint : endpoints) {
    total += share_of(*endpoint) * endpoint->warm_up.ratio(options, now);
  }
  std::size_t admitted = 0;
  for (Endpoint* endpoint : endpoints) {
    const double ratio = endpoint->warm_up.ratio(options, now);
    if (ratio < 1) {
      endpoint->warm_up.earn(share_of(*endpoint) * ratio / total);
    }
    admitted += ratio >= 1 || endpoint->warm_up.has_earned_one() ? 1 : 0;
  }
  if (admitted == 0 || admitted == endpoints.size()) {
    return;
  }
  std::erase_if(endpoints, [&](const Endpoint* endpoint) {
    return endpoint->warm_up.ratio(options, now) < 1 && !endpoint->warm_up.has_earned_one();
  });
}

}  // namespace weft::balance
