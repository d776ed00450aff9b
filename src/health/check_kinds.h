// The kinds of checks there are. Adding one: its files under checks/, a member here.
#pragma once

#include "health/check.h"
#include "health/checks/grpc.h"
#include "health/checks/h2ping.h"
#include "health/checks/http.h"
#include "health/checks/script.h"
#include "health/checks/tcp.h"
#include "health/checks/ttl.h"
#include "health/checks/udp.h"

namespace weft::health {

// Thread: its loop. Lifetime: the dialer outlives it.
class CheckKinds final {
 public:
  CheckKinds(Dialer& dialer, Scripts scripts)
      : http_(dialer),
        tcp_(dialer),
        udp_(dialer),
        grpc_(dialer),
        h2ping_(dialer),
        script_(dialer.loop(), scripts) {}

  Check& of(model::CheckKind kind);

 private:
  HttpCheck http_;
  TcpCheck tcp_;
  UdpCheck udp_;
  GrpcCheck grpc_;
  H2pingCheck h2ping_;
  ScriptCheck script_;
  TtlCheck ttl_;
};

}  // namespace weft::health
