#include "health/checks/udp.h"

#include "base/text.h"
#include "health/probe_text.h"

#include <algorithm>

namespace weft::health {

using model::CheckStatus;

io::Task<ProbeResult> UdpCheck::probe(CheckTarget target, base::MonoTime deadline) {
  const auto address = target.host_port();
  if (!address) {
    co_return ProbeResult{CheckStatus::kCritical, true, {}, address.error().what};
  }
  const base::MonoTime start = dialer_.loop().now();
  const auto reply = co_await dialer_.ask_udp(*address, std::min(deadline, start + kSilenceMax));
  ProbeResult result;
  result.response_time = dialer_.loop().now() - start;
  result.output = base::concat({"UDP connect ", address->to_string(), ": ",
                                reply ? "Success" : failure_text(reply.error())});
  if (reply) {
    result.status = CheckStatus::kPassing;
  } else if (!is_inconclusive(reply.error())) {
    result.status = CheckStatus::kCritical;
    result.no_answer = true;
  }
  co_return result;
}

}  // namespace weft::health
