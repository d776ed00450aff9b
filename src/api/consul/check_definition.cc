// The checks of definition.h.
#include "api/consul/definition.h"
#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace weft::api::consul {
namespace {

using model::CheckDetails;
using model::CheckKind;
using model::CheckSpec;
using model::CheckStatus;

constexpr base::Nanos kIntervalMin = base::Seconds(1);
constexpr base::Nanos kTimeoutUsual = base::Seconds(10);
constexpr base::Nanos kDeregisterMin = base::Seconds(60);
constexpr std::uint64_t kThresholdMax = 65'535;

// What a body says of a check before it is judged.
struct Raw {
  std::string http;
  std::string tcp;
  std::string udp;
  std::string grpc;
  std::string h2ping;
  std::string alias_service;
  std::string alias_node;
  std::string container;
  std::vector<std::string> args;
  base::Nanos ttl{0};
  base::Nanos interval{0};
  base::Nanos timeout{0};
  base::Nanos deregister_after{0};
  std::uint64_t success_before_passing = 0;
  std::uint64_t failures_before_warning = 0;
  std::uint64_t failures_before_critical = 0;
  std::uint64_t output_bytes_max = 0;
  bool grpc_tls = false;
  bool h2ping_tls = true;
  CheckDetails details;
};

void read_kind(Body& body, Raw& raw) {
  body.text("HTTP", raw.http);
  body.text("TCP", raw.tcp);
  body.text("UDP", raw.udp);
  body.text("GRPC", raw.grpc);
  body.text("H2PING", raw.h2ping);
  body.text("AliasService", raw.alias_service);
  body.text("AliasNode", raw.alias_node);
  body.text("DockerContainerID", raw.container);
  body.texts("ScriptArgs", raw.args);
  body.texts("Args", raw.args);
  body.duration("TTL", raw.ttl);
  body.flag("GRPCUseTLS", raw.grpc_tls);
  body.flag("H2PingUseTLS", raw.h2ping_tls);
}

void read_rest(Body& body, Raw& raw) {
  body.duration("Interval", raw.interval);
  body.duration("Timeout", raw.timeout);
  body.duration("DeregisterCriticalServiceAfter", raw.deregister_after);
  body.unsigned_integer("SuccessBeforePassing", raw.success_before_passing);
  body.unsigned_integer("FailuresBeforeWarning", raw.failures_before_warning);
  body.unsigned_integer("FailuresBeforeCritical", raw.failures_before_critical);
  body.unsigned_integer("OutputMaxSize", raw.output_bytes_max);
  CheckDetails& details = raw.details;
  body.text("Name", details.name);
  body.text("Notes", details.notes);
  body.text("Method", details.method);
  body.text("Body", details.body);
  body.text("Shell", details.shell);
  body.text("TLSServerName", details.tls_server_name);
  body.flag("TLSSkipVerify", details.tls_skip_verify);
  if (const json::value* header = body.find("Header")) {
    if (const auto* object = header->if_object()) {
      details.header = *object;
    } else {
      body.mismatch("Header", "map[string][]string", *header);
    }
  }
}

std::size_t kinds_of(const Raw& raw) {
  const std::array given{!raw.http.empty(),   !raw.tcp.empty(),
                         !raw.udp.empty(),    !raw.grpc.empty(),
                         !raw.h2ping.empty(), !raw.alias_service.empty() || !raw.alias_node.empty(),
                         !raw.args.empty(),   raw.ttl > base::Nanos(0)};
  return static_cast<std::size_t>(std::ranges::count(given, true));
}

bool is_http_target(std::string_view url) {
  return url.starts_with("http://") || url.starts_with("https://");
}

// Which kind it is, with what that kind needs.
void set_kind(const Raw& raw, CheckSpec& spec, CheckDetails& details) {
  if (raw.ttl > base::Nanos(0)) {
    spec.kind = CheckKind::kTtl;
  } else if (!raw.http.empty()) {
    spec.kind = CheckKind::kHttp;
    spec.target = raw.http;
  } else if (!raw.tcp.empty()) {
    spec.kind = CheckKind::kTcp;
    spec.target = raw.tcp;
  } else if (!raw.udp.empty()) {
    spec.kind = CheckKind::kUdp;
    spec.target = raw.udp;
  } else if (!raw.grpc.empty()) {
    spec.kind = CheckKind::kGrpc;
    spec.target = raw.grpc;
    details.tls = raw.grpc_tls;
  } else if (!raw.h2ping.empty()) {
    spec.kind = CheckKind::kH2ping;
    spec.target = raw.h2ping;
    details.tls = raw.h2ping_tls;
  } else if (!raw.args.empty()) {
    spec.kind = raw.container.empty() ? CheckKind::kScript : CheckKind::kDocker;
    details.args = raw.args;
    details.container = raw.container;
  } else if (!raw.alias_service.empty() || !raw.alias_node.empty()) {
    spec.kind = CheckKind::kAlias;
    details.alias_instance = raw.alias_service;
    details.alias_node = raw.alias_node;
  } else {
    spec.kind = CheckKind::kTold;
  }
}

std::uint16_t threshold(std::uint64_t count) {
  return static_cast<std::uint16_t>(std::clamp<std::uint64_t>(count, 1, kThresholdMax));
}

void set_rhythm(const Raw& raw, CheckSpec& spec) {
  spec.interval = spec.kind == CheckKind::kTtl ? raw.ttl : std::max(raw.interval, kIntervalMin);
  spec.timeout = raw.timeout > base::Nanos(0) ? raw.timeout : kTimeoutUsual;
  spec.healthy_threshold = threshold(raw.success_before_passing);
  spec.unhealthy_threshold = threshold(raw.failures_before_critical);
  spec.warning_threshold = static_cast<std::uint16_t>(
      std::min<std::uint64_t>(raw.failures_before_warning, kThresholdMax));
  if (raw.deregister_after > base::Nanos(0)) {
    spec.deregister_after = std::max(raw.deregister_after, kDeregisterMin);
  }
}

Judged<void> judge_kind(const Raw& raw, CheckUse use, const Face& face) {
  const std::size_t kinds = kinds_of(raw);
  if (!raw.args.empty() && !face.options.allow_scripts) {
    return refuse(400,
                  "Scripts are disabled on this agent; to enable, configure "
                  "'enable_script_checks'");
  }
  if (kinds == 0 && use == CheckUse::kAgent) {
    return refuse(400, "Invalid check: TTL must be > 0 for TTL checks");
  }
  if (kinds > 1) {
    return refuse(400,
                  "Invalid check: Only one of HTTP, TCP, UDP, GRPC, H2PING, TTL, Alias or "
                  "script may be given");
  }
  const bool is_probed = kinds == 1 && raw.ttl == base::Nanos(0) && raw.alias_node.empty() &&
                         raw.alias_service.empty();
  if (is_probed && raw.interval <= base::Nanos(0)) {
    return refuse(400,
                  "Invalid check: Interval must be > 0 for Script, HTTP, H2PING, TCP, UDP or "
                  "OSService checks");
  }
  if (!raw.http.empty() && !is_http_target(raw.http)) {
    return refuse(400, fmt::format("Invalid check: HTTP must be an http or https URL: \"{}\"",
                                   raw.http.substr(0, 128)));
  }
  return {};
}

// A check of an instance or node that breaks no rule, but one of the model's.
Judged<void> judge_spec(const CheckSpec& spec) {
  model::Node holder;
  holder.name = "x";
  holder.checks.push_back(spec);
  if (spec.id.empty()) {
    holder.checks.front().id = "x";
  }
  return check_rules(holder);
}

}  // namespace

Judged<CheckStatus> parse_status(std::string_view text) {
  if (text == "passing") {
    return CheckStatus::kPassing;
  }
  if (text == "warning") {
    return CheckStatus::kWarning;
  }
  if (text == "critical") {
    return CheckStatus::kCritical;
  }
  return refuse(400, fmt::format("Invalid check status: '{}'", text.substr(0, 64)));
}

Judged<CheckDefinition> parse_check(const json::value& value, CheckUse use, const Face& face) {
  Body body(value);
  WEFT_TRY_VOID(body.judge());
  CheckDefinition out;
  Raw raw;
  read_kind(body, raw);
  read_rest(body, raw);
  out.spec.id.clear();
  body.text("ID", out.spec.id);
  body.text("CheckID", out.spec.id);
  body.text("ServiceID", out.instance);
  body.text("Output", out.output);
  std::string status;
  body.text("Status", status);
  WEFT_TRY_VOID(body.judge());
  if (!status.empty()) {
    WEFT_TRY(out.status, parse_status(status));
  }
  WEFT_TRY_VOID(judge_kind(raw, use, face));
  CheckDetails details = std::move(raw.details);
  set_kind(raw, out.spec, details);
  set_rhythm(raw, out.spec);
  details.output_bytes_max = static_cast<std::uint16_t>(
      std::min<std::uint64_t>(raw.output_bytes_max, model::CheckState::kOutputBytesMax));
  if (const json::value* definition = body.find("Definition");
      definition != nullptr && definition->is_object()) {
    details.definition = definition->get_object();
  }
  out.spec.verdict = model::HttpVerdict::kStrict;
  out.spec.initial = out.status.value_or(CheckStatus::kNone);
  if (details != CheckDetails()) {
    out.spec.details = base::Boxed<CheckDetails>(std::move(details));
  }
  WEFT_TRY_VOID(judge_spec(out.spec));
  return out;
}

}  // namespace weft::api::consul
