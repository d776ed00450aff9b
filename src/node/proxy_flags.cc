#include "node/proxy_flags.h"

#include <utility>

namespace weft::node {

using base::Code;
using base::Result;

Result<base::SocketAddress> parse_listen(std::string_view text) {
  if (text.find("://") != std::string_view::npos) {
    return base::fail(Code::kInvalid, "leave out the scheme: host:port");
  }
  WEFT_TRY(auto address, base::parse_socket_address(text));
  if (text.starts_with(':')) {
    address.ip = base::IpAddress::loopback();
  }
  return address;
}

Result<model::Endpoint> parse_backend(std::string_view text) {
  model::Endpoint endpoint;
  endpoint.instance = text;
  if (text.starts_with("unix:")) {
    WEFT_TRY(const auto address, base::parse_socket_address(text));
    endpoint.address = address.to_string();
    return endpoint;
  }
  if (text.find("://") != std::string_view::npos) {
    return base::fail(Code::kInvalid, "leave out the scheme: host:port, spoken to in HTTP/1.1");
  }
  WEFT_TRY(auto to, base::parse_host_port(text));
  if (to.host.empty() || to.host == "*") {
    return base::fail(Code::kInvalid, "the host is missing: host:port, such as 127.0.0.1:9001");
  }
  if (to.port == 0) {
    return base::fail(Code::kInvalid, "nobody can be reached on port 0; it is 1 to 65535");
  }
  endpoint.address = std::move(to.host);
  endpoint.port = to.port;
  return endpoint;
}

}  // namespace weft::node
