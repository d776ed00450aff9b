// Slow start: an endpoint that is new in a running cluster, or back in it, takes a share of the
// load that grows with time: caches, compilers and pools are cold, and the peers would otherwise
// hand it everything at once. Start at WarmUp; Cluster begins it, pick() asks it.
#pragma once

#include "base/time.h"

#include <cstdint>
#include <vector>

namespace weft::balance {

struct Endpoint;

// Source: Envoy, slow start mode (aggression 1, min_weight_percent 10 %). chosen: off, because it
// only helps services that warm up, and hides a new instance from who tests it by hand.
struct SlowStartOptions {
  base::Nanos window{0};  // 0 = off
  double start_ratio = 0.1;
};

// How far one endpoint is, and the requests it has earned. Counting what it may take, instead of
// changing its weight, gives it the same share with every strategy: of least connections and peak
// EWMA an endpoint without load would get everything, whatever its weight.
// Thread: its loop.
class WarmUp final {
 public:
  void begin(base::MonoTime now) {
    begun_at_ = now;
    earned_ = 0;
  }
  // Of its normal share, from start_ratio to 1; 1 as well when it never began.
  double ratio(const SlowStartOptions& options, base::MonoTime now) const;
  // When ratio() is 1.
  base::MonoTime ends_at(const SlowStartOptions& options) const {
    return begun_at_ + options.window;
  }

  void earn(double requests);
  bool has_earned_one() const { return earned_ >= 1; }
  void spend_one() { earned_ -= 1; }

 private:
  base::MonoTime begun_at_ = base::MonoTime::min();  // ages ago unless begun
  double earned_ = 0;  // requests; may fall below 0 when nobody else was left
};

enum class ShareBy : std::uint8_t { kWeight, kHead };

// One request is to be given to one of `endpoints`: each that warms up earns its share of it, and
// those that have not earned a whole one are taken off the list, unless that would empty it.
// O(n); meant to be called only while somebody warms up.
void hold_back_cold(std::vector<Endpoint*>& endpoints, const SlowStartOptions& options,
                    ShareBy share_by, base::MonoTime now);

}  // namespace weft::balance
