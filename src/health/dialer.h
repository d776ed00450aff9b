// Dialer: the connections of probes, within the networks that may be probed. A check gets no other
// way out, so that health checks cannot be made a scanner.
#pragma once

#include "base/address.h"
#include "base/result.h"
#include "base/time.h"
#include "io/loop.h"
#include "io/resolver.h"
#include "io/socket.h"
#include "io/task.h"

#include <utility>
#include <vector>

namespace weft::health {

// Thread: its loop. Lifetime: loop and resolver outlive it.
class Dialer final {
 public:
  // `allowed_networks`: empty allows all.
  Dialer(io::Loop& loop, io::Resolver& resolver, std::vector<base::Network> allowed_networks)
      : loop_(loop), resolver_(resolver), allowed_networks_(std::move(allowed_networks)) {}
  Dialer(const Dialer&) = delete;
  Dialer& operator=(const Dialer&) = delete;

  // Opens a fresh connection to the first address of the name, the one the gateway would take; the
  // address is judged, not the name.
  // Errors: kForbidden (not an allowed network), kNoName, kRefused, kUnreachable, kTimeout,
  // kUnavailable, kLimit, kNoSpace, kIo, kCancelled.
  io::Task<base::Result<io::Socket>> dial(base::HostPort to, base::MonoTime deadline);

  io::Loop& loop() { return loop_; }

 private:
  bool is_allowed(const base::IpAddress& ip) const;

  io::Loop& loop_;
  io::Resolver& resolver_;
  const std::vector<base::Network> allowed_networks_;
};

}  // namespace weft::health
