// grpc.health.v1 says SERVING.
#pragma once

#include "health/check.h"
#include "health/dialer.h"

namespace weft::health {

// Asks CheckSpec::target, "host:port/service" or "host:port", or else the owner's own address for
// the server as a whole; over TLS if CheckDetails::tls says so. Anything but SERVING is critical.
// Source: contract/consul.md §2.1; gRPC Health Checking Protocol; Consul's outputs.
// Thread: its loop.
class GrpcCheck final : public Check {
 public:
  explicit GrpcCheck(Dialer& dialer) : dialer_(dialer) {}

  io::Task<ProbeResult> probe(CheckTarget target, base::MonoTime deadline) override;

 private:
  Dialer& dialer_;
};

}  // namespace weft::health
