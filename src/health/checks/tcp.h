// A connection is accepted.
#pragma once

#include "health/check.h"
#include "health/dialer.h"

namespace weft::health {

// Probes CheckSpec::target, or else the instance's own address; sends nothing.
// Thread: its loop.
class TcpCheck final : public Check {
 public:
  explicit TcpCheck(Dialer& dialer) : dialer_(dialer) {}

  io::Task<ProbeResult> probe(CheckTarget target, base::MonoTime deadline) override;

 private:
  Dialer& dialer_;
};

}  // namespace weft::health
