#include "health/dialer.h"

#include <algorithm>

namespace weft::health {

io::Task<base::Result<io::Socket>> Dialer::dial(base::HostPort to, base::MonoTime deadline) {
  base::SocketAddress address;
  address.port = to.port;
  if (const auto literal = base::parse_ip(to.host)) {
    address.ip = *literal;
  } else {
    const auto found = co_await resolver_.resolve(std::move(to.host), deadline);
    if (!found) {
      co_return base::fail(found.error());
    }
    address.ip = found->front();
  }
  if (!is_allowed(address.ip)) {
    co_return base::fail(base::Code::kForbidden, "dial a probe's target");
  }
  co_return co_await io::connect(loop_, address, deadline);
}

bool Dialer::is_allowed(const base::IpAddress& ip) const {
  return allowed_networks_.empty() ||
         std::ranges::any_of(allowed_networks_,
                             [&ip](const base::Network& network) { return network.contains(ip); });
}

}  // namespace weft::health
