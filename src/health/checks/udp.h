// A datagram is not refused.
#pragma once

#include "health/check.h"
#include "health/dialer.h"

namespace weft::health {

// Sends an empty datagram to CheckSpec::target, or else to the owner's own address. It passes
// unless somebody refuses it: whoever hears an empty datagram has nothing to say to it. Source:
// Consul, whose UDP check does the same. Thread: its loop.
class UdpCheck final : public Check {
 public:
  // What is not refused by then is not refused: a network says within three seconds that it has no
  // such host (Linux: 3 ARP requests, a second each). chosen: so a probe of somebody silent, who
  // is most of them, takes no longer, and its place among those under way is free again.
  static constexpr base::Nanos kSilenceMax = base::Seconds(4);

  explicit UdpCheck(Dialer& dialer) : dialer_(dialer) {}

  io::Task<ProbeResult> probe(CheckTarget target, base::MonoTime deadline) override;

 private:
  Dialer& dialer_;
};

}  // namespace weft::health
