#include "health/checks/grpc.h"

#include "base/text.h"
#include "health/checks/http2_talk.h"
#include "health/probe_text.h"
#include "wire/grpc_health.h"

#include <utility>

namespace weft::health {
namespace {

using model::CheckStatus;

// "10.0.0.1:50051/shop" taken apart.
struct GrpcTarget {
  base::HostPort to;
  std::string service;
  std::string text;  // the whole
};

base::Result<GrpcTarget> grpc_target_of(const CheckTarget& target) {
  const std::string& text = target.spec().target;
  if (text.empty()) {
    WEFT_TRY(base::HostPort own, target.own_address());
    std::string whole = own.to_string();
    return GrpcTarget{std::move(own), "", std::move(whole)};
  }
  const std::size_t slash = text.find('/');
  WEFT_TRY(base::HostPort to, base::parse_host_port(std::string_view(text).substr(0, slash)));
  return GrpcTarget{std::move(to), slash == std::string::npos ? "" : text.substr(slash + 1), text};
}

wire::Http2Request request_for(const GrpcTarget& target, bool is_tls) {
  return {.method = "POST",
          .scheme = is_tls ? "https" : "http",
          .authority = target.to.to_string(),
          .path = std::string(wire::kGrpcHealthPath),
          .fields = {{"content-type", "application/grpc"},
                     {"te", "trailers"},
                     {"user-agent", "weft-health"}},
          .body = wire::encode_health_request(target.service)};
}

std::string refusal_of(const wire::Http2Answer& answer, std::string_view code) {
  const auto text = base::percent_decode(answer.value("grpc-message"));
  const std::string_view name = wire::grpc_status_name(code);
  return base::concat({"rpc error: code = ", name.empty() ? code : name,
                       " desc = ", text ? *text : answer.value("grpc-message")});
}

// What a whole answer says. Source: gRPC over HTTP2, "Responses".
ProbeResult judge_grpc(const GrpcTarget& target, const wire::Http2Answer& answer) {
  ProbeResult result;
  result.status = CheckStatus::kCritical;
  const std::string_view code = answer.value("grpc-status");
  if (code.empty()) {
    result.output = base::concat(
        {"gRPC check ", target.text, ": no gRPC, but HTTP status ", std::to_string(answer.status)});
  } else if (code != "0") {
    result.output = refusal_of(answer, code);
  } else if (const auto status = wire::parse_health_answer(answer.body); !status) {
    result.output = base::concat({"gRPC check ", target.text, ": ", status.error().what});
  } else if (*status != wire::ServingStatus::kServing) {
    result.output = base::concat(
        {"gRPC ", target.text, " serving status: ", wire::serving_status_name(*status)});
  } else {
    result.status = CheckStatus::kPassing;
    result.output = base::concat({"gRPC check ", target.text, ": success"});
  }
  result.output = printable(std::move(result.output), model::CheckState::kOutputBytesMax);
  return result;
}

}  // namespace

io::Task<ProbeResult> GrpcCheck::probe(CheckTarget target, base::MonoTime deadline) {
  const auto asked = grpc_target_of(target);
  if (!asked) {
    co_return ProbeResult{CheckStatus::kCritical, true, {}, asked.error().what};
  }
  const base::MonoTime start = dialer_.loop().now();
  Http2Talk talk{asked->to, h2_tls_of(target)};
  wire::Http2Client client;
  client.send_request(request_for(*asked, talk.tls.has_value()));
  const Http2Outcome outcome = co_await talk_http2(dialer_, std::move(talk), client, deadline);
  ProbeResult result;
  if (outcome.error) {
    result = judge_talk(outcome);
    result.output =
        base::concat({"gRPC check ", asked->text, ": ", tls_failure_text(*outcome.error)});
  } else {
    result = judge_grpc(*asked, client.answer());
  }
  result.response_time = dialer_.loop().now() - start;
  co_return result;
}

}  // namespace weft::health
