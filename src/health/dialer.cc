#include "health/dialer.h"

#include <algorithm>

namespace weft::health {

using base::Result;
using base::SocketAddress;

std::optional<Result<SocketAddress>> Dialer::known(const base::HostPort& to) const {
  const auto ip = base::parse_ip(to.host);
  if (!ip) {
    return std::nullopt;
  }
  return judge(*ip, to.port);
}

io::Task<Result<SocketAddress>> Dialer::look_up(base::HostPort to, base::MonoTime deadline) {
  const auto found = co_await resolver_.resolve(std::move(to.host), deadline);
  if (!found) {
    co_return base::fail(found.error());
  }
  co_return judge(found->front(), to.port);
}

io::Task<Result<SocketAddress>> Dialer::find(base::HostPort to, base::MonoTime deadline) {
  const auto address = known(to);
  if (address) {
    co_return *address;
  }
  co_return co_await look_up(std::move(to), deadline);
}

io::Task<Result<io::Socket>> Dialer::dial(base::HostPort to, base::MonoTime deadline) {
  WEFT_CO_TRY(const SocketAddress address, co_await find(std::move(to), deadline));
  co_return co_await connect(address, deadline);
}

io::Task<Result<io::UdpReply>> Dialer::ask_udp(base::HostPort to, base::MonoTime deadline) {
  WEFT_CO_TRY(SocketAddress address, co_await find(std::move(to), deadline));
  co_return co_await io::probe_udp(loop_, std::move(address), "", deadline);
}

io::Task<Result<io::TlsStream>> Dialer::dial_tls(base::HostPort to, io::TlsClientOptions options,
                                                 base::MonoTime deadline) {
  if (!tls_) {
    WEFT_CO_TRY(tls_, io::TlsContext::make(trust_));
  }
  if (options.server_name.empty()) {
    options.server_name = to.host;
  }
  WEFT_CO_TRY(io::Socket socket, co_await dial(std::move(to), deadline));
  co_return co_await io::TlsStream::connect(*tls_, std::move(socket), std::move(options), deadline);
}

bool Dialer::is_allowed(const base::IpAddress& ip) const {
  return allowed_networks_.empty() ||
         std::ranges::any_of(allowed_networks_,
                             [&ip](const base::Network& network) { return network.contains(ip); });
}

Result<SocketAddress> Dialer::judge(const base::IpAddress& ip, std::uint16_t port) const {
  if (!is_allowed(ip)) {
    return base::fail(base::Code::kForbidden, "dial a probe's target");
  }
  return SocketAddress{.ip = ip, .port = port, .unix_path = {}};
}

}  // namespace weft::health
