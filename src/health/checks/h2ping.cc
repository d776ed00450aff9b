#include "health/checks/h2ping.h"

#include "base/text.h"
#include "health/checks/http2_talk.h"
#include "health/probe_text.h"

namespace weft::health {
namespace {

std::string output_of(const std::string& address, const Http2Outcome& outcome) {
  if (!outcome.error) {
    return "HTTP2 ping was successful";
  }
  const std::string_view text = tls_failure_text(*outcome.error);
  return outcome.is_connected ? base::concat({"HTTP2 ping failed: ", text})
                              : base::concat({"Failed to dial to ", address, ": ", text});
}

}  // namespace

io::Task<ProbeResult> H2pingCheck::probe(CheckTarget target, base::MonoTime deadline) {
  const auto address = target.host_port();
  if (!address) {
    co_return ProbeResult{model::CheckStatus::kCritical, true, {}, address.error().what};
  }
  const base::MonoTime start = dialer_.loop().now();
  wire::Http2Client client;
  client.send_ping();
  Http2Talk talk{*address, h2_tls_of(target)};
  const Http2Outcome outcome = co_await talk_http2(dialer_, std::move(talk), client, deadline);
  ProbeResult result = judge_talk(outcome);
  result.output = output_of(address->to_string(), outcome);
  result.response_time = dialer_.loop().now() - start;
  co_return result;
}

}  // namespace weft::health
