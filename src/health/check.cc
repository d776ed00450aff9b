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

}  // namespace weft::health
