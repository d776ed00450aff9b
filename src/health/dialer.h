// Dialer: the connections and datagrams of probes, within the networks that may be probed. A check
// gets no other way out, so that health checks cannot be made a scanner.
#pragma once

#include "base/address.h"
#include "base/check.h"
#include "base/result.h"
#include "base/time.h"
#include "io/loop.h"
#include "io/resolver.h"
#include "io/socket.h"
#include "io/task.h"
#include "io/tls_engine.h"
#include "io/tls_stream.h"
#include "io/udp_probe.h"

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace weft::health {

// Thread: its loop. Lifetime: loop and resolver outlive it.
class Dialer final {
 public:
  // `allowed_networks`: empty allows all.
  Dialer(io::Loop& loop, io::Resolver& resolver, std::vector<base::Network> allowed_networks,
         io::TlsTrust trust = {})
      : loop_(loop),
        resolver_(resolver),
        allowed_networks_(std::move(allowed_networks)),
        trust_(std::move(trust)) {}
  Dialer(const Dialer&) = delete;
  Dialer& operator=(const Dialer&) = delete;

  // Where a probe connects to, when that is known without asking anybody; nullopt: a name.
  // Errors: kForbidden (not an allowed network).
  std::optional<base::Result<base::SocketAddress>> known(const base::HostPort& to) const;

  // The first address of the name, the one the gateway would take; the address is judged, not the
  // name. Errors: kForbidden, kNoName, kTimeout, kUnavailable, kLimit, kCancelled.
  io::Task<base::Result<base::SocketAddress>> look_up(base::HostPort to, base::MonoTime deadline);
  // known(), or else look_up().
  io::Task<base::Result<base::SocketAddress>> find(base::HostPort to, base::MonoTime deadline);

  // Opens a fresh connection to what known() or look_up() gave. Errors: those of io::connect().
  io::ConnectOperation connect(const base::SocketAddress& to, base::MonoTime deadline) {
    WEFT_ASSERT(is_allowed(to.ip));
    return io::connect(loop_, to, deadline);
  }

  // Both in one. Errors: those of look_up() and connect().
  io::Task<base::Result<io::Socket>> dial(base::HostPort to, base::MonoTime deadline);

  // An empty datagram, and whether it is refused. Errors: those of look_up() and io::probe_udp().
  io::Task<base::Result<io::UdpReply>> ask_udp(base::HostPort to, base::MonoTime deadline);

  // dial() and the handshake; without a server name it is `to`'s host that has to be there.
  // Errors: those of dial() and of io::TlsStream::connect().
  io::Task<base::Result<io::TlsStream>> dial_tls(base::HostPort to, io::TlsClientOptions options,
                                                 base::MonoTime deadline);

  io::Loop& loop() { return loop_; }

 private:
  bool is_allowed(const base::IpAddress& ip) const;
  base::Result<base::SocketAddress> judge(const base::IpAddress& ip, std::uint16_t port) const;

  io::Loop& loop_;
  io::Resolver& resolver_;
  const std::vector<base::Network> allowed_networks_;
  const io::TlsTrust trust_;
  std::optional<io::TlsContext> tls_;  // made for the first who needs it
};

}  // namespace weft::health
