#include "health/check.h"

#include "model/instance.h"

namespace weft::health {

base::Result<base::HostPort> CheckTarget::own_address() const {
  if (!model::is_port(port())) {
    return base::fail(base::Code::kInvalid, "the instance has no port that can be probed");
  }
  return base::HostPort{address(), static_cast<std::uint16_t>(port())};
}

base::Result<base::HostPort> CheckTarget::host_port() const {
  return spec().target.empty() ? own_address() : base::parse_host_port(spec().target);
}

io::TlsClientOptions tls_options_of(const CheckTarget& target, const char* protocol) {
  const model::CheckDetails& details = model::details_of(target.spec());
  io::TlsClientOptions options;
  options.server_name = details.tls_server_name;
  options.verifies = !details.tls_skip_verify;
  options.alpn.emplace_back(protocol);
  return options;
}

}  // namespace weft::health
