// The way back from a check to what registers it; see definition.h.
#include "api/consul/definition.h"
#include "base/address.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace weft::api::consul {
namespace {

using model::CheckDetails;
using model::CheckKind;
using model::CheckSpec;
using model::Instance;

// Where a check without a target of its own looks.
std::string place_of(const Instance* instance) {
  if (instance == nullptr || !model::is_port(instance->port)) {
    return "";
  }
  return base::HostPort{instance->address, static_cast<std::uint16_t>(instance->port)}.to_string();
}

std::string target_of(const CheckSpec& spec, const Instance* instance) {
  if (!spec.target.empty()) {
    return spec.target;
  }
  const std::string place = place_of(instance);
  return spec.kind == CheckKind::kHttp ? fmt::format("http://{}{}", place, spec.path) : place;
}

void add_text(json::object& out, std::string_view name, const std::string& text) {
  if (!text.empty()) {
    out.emplace(name, text);
  }
}

void add_kind(json::object& out, const CheckSpec& spec, const Instance* instance) {
  const CheckDetails& details = model::details_of(spec);
  const std::string target = target_of(spec, instance);
  switch (spec.kind) {
    case CheckKind::kHttp:
      out.emplace("HTTP", target);
      add_text(out, "Method", details.method);
      break;
    case CheckKind::kTcp:
      out.emplace("TCP", target);
      break;
    case CheckKind::kUdp:
      out.emplace("UDP", target);
      break;
    case CheckKind::kGrpc:
      out.emplace("GRPC", target);
      out.emplace("GRPCUseTLS", details.tls);
      break;
    case CheckKind::kH2ping:
      out.emplace("H2PING", target);
      out.emplace("H2PingUseTLS", details.tls);
      break;
    case CheckKind::kTtl:
      out.emplace("TTL", base::format_duration(spec.interval));
      break;
    case CheckKind::kAlias:
      add_text(out, "AliasService", details.alias_instance);
      add_text(out, "AliasNode", details.alias_node);
      break;
    case CheckKind::kScript:
    case CheckKind::kDocker:
      out.emplace("Args", json::array(details.args.begin(), details.args.end()));
      add_text(out, "DockerContainerID", details.container);
      add_text(out, "Shell", details.shell);
      break;
    case CheckKind::kTold:
      break;
  }
}

void add_threshold(json::object& out, std::string_view name, std::uint16_t count,
                   std::uint16_t usual) {
  if (count != usual) {
    out.emplace(name, count);
  }
}

}  // namespace

json::object encode_definition(const CheckSpec& spec, const Instance* instance) {
  json::object out;
  add_kind(out, spec, instance);
  const CheckDetails& details = model::details_of(spec);
  if (details.tls_skip_verify) {
    out.emplace("TLSSkipVerify", true);
  }
  add_text(out, "TLSServerName", details.tls_server_name);
  if (model::is_probed(spec.kind)) {
    out.emplace("Interval", base::format_duration(spec.interval));
    out.emplace("Timeout", base::format_duration(spec.timeout));
  }
  add_threshold(out, "SuccessBeforePassing", spec.healthy_threshold, 1);
  add_threshold(out, "FailuresBeforeWarning", spec.warning_threshold, 0);
  add_threshold(out, "FailuresBeforeCritical", spec.unhealthy_threshold, 1);
  if (spec.deregister_after) {
    out.emplace("DeregisterCriticalServiceAfter", base::format_duration(*spec.deregister_after));
  }
  return out;
}

}  // namespace weft::api::consul
