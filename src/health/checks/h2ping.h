// An HTTP/2 connection answers a PING.
#pragma once

#include "health/check.h"
#include "health/dialer.h"

namespace weft::health {

// Probes CheckSpec::target, or else the owner's own address, over TLS if CheckDetails::tls says so.
// Source: contract/consul.md §2.1; Consul's outputs.
// Thread: its loop.
class H2pingCheck final : public Check {
 public:
  explicit H2pingCheck(Dialer& dialer) : dialer_(dialer) {}

  io::Task<ProbeResult> probe(CheckTarget target, base::MonoTime deadline) override;

 private:
  Dialer& dialer_;
};

}  // namespace weft::health
