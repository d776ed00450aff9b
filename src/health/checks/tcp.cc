#include "health/checks/tcp.h"

#include "health/probe_text.h"

#include <fmt/format.h>

namespace weft::health {
namespace {

using model::CheckStatus;

ProbeResult result_of(const std::string& address, const base::Result<io::Socket>& socket) {
  ProbeResult result;
  if (socket) {
    result.status = CheckStatus::kPassing;
    result.output = fmt::format("TCP connect {}: Success", address);
    return result;
  }
  result.output = fmt::format("TCP connect {}: {}", address, failure_text(socket.error()));
  if (!is_inconclusive(socket.error())) {
    result.status = CheckStatus::kCritical;
    result.no_answer = true;
  }
  return result;
}

}  // namespace

io::Task<ProbeResult> TcpCheck::probe(CheckTarget target, base::MonoTime deadline) {
  const auto address = target.host_port();
  if (!address) {
    co_return ProbeResult{CheckStatus::kCritical, true, {}, address.error().what};
  }
  const base::MonoTime start = dialer_.loop().now();
  const auto socket = co_await dialer_.dial(*address, deadline);
  ProbeResult result = result_of(address->to_string(), socket);
  result.response_time = dialer_.loop().now() - start;
  co_return result;
}

}  // namespace weft::health
