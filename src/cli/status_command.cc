#include "cli/status_command.h"

#include "cli/options.h"
#include "cli/table.h"
#include "cli/text_width.h"
#include "io/terminal.h"

#include <fmt/format.h>

#include <memory>

namespace weft::cli {
namespace {

constexpr std::size_t kReasonColumns = 60;

Tone verdict_tone(const Overview& overview) {
  if (overview.services.empty()) {
    return Tone::kStrong;
  }
  const ServiceInfo& worst = overview.services.front();
  if (needs_attention(worst)) {
    return tone_of_state(worst.status);
  }
  return worst.status == "healthy" ? Tone::kGood : Tone::kStrong;
}

// "6: 5 healthy, 1 degraded"
std::string services_line(const Totals& totals) {
  std::string parts;
  const auto add = [&](std::uint64_t count, const char* word) {
    if (count > 0) {
      parts += fmt::format("{}{} {}", parts.empty() ? "" : ", ", count, word);
    }
  };
  add(totals.healthy, "healthy");
  add(totals.degraded, "degraded");
  add(totals.unhealthy, "unhealthy");
  add(totals.unknown, "without a result yet");
  return parts.empty() ? "none" : parts;
}

std::string traffic_line(const Totals& totals) {
  if (totals.requests_per_second.value_or(0) == 0) {
    return "none in the last 10 s";
  }
  return fmt::format("{} requests/s, {} failed, p50 {}, p95 {}",
                     show_rate(totals.requests_per_second), show_percent(totals.error_ratio),
                     show_millis(totals.p50_ms), show_millis(totals.p95_ms));
}

// What the worst instance's check last said.
std::string status_reason_of(const ServiceInfo& service) {
  for (const InstanceInfo& instance : service.instances) {
    if (instance.status != "healthy" && !instance.output.empty()) {
      return shorten(instance.id + ": " + instance.output, kReasonColumns);
    }
  }
  return "";
}

Outcome<void> show_status(const ApiOptions& options) {
  auto session = ApiSession::open(options.url);
  if (!session) {
    return std::unexpected(session.error());
  }
  const auto fetched = fetch_overview(**session);
  if (!fetched) {
    return std::unexpected(fetched.error());
  }
  if (options.json) {
    print_json(status_json(*fetched));
    return {};
  }
  const Paint paint = Paint::choose(io::is_terminal(io::StandardStream::kOut), process_environment);
  fmt::print("{}", status_text(fetched->overview, paint));
  return {};
}

}  // namespace

std::string status_text(const Overview& overview, const Paint& paint) {
  std::string out = paint(verdict_tone(overview), verdict(overview)) + "\n\n";
  const auto add = [&](std::string_view name, const std::string& text) {
    out += fmt::format("  {}{}\n", paint(Tone::kDim, fmt::format("{:<11}", name)), text);
  };
  const NodeInfo& node = overview.node;
  add("node", fmt::format("{}, weft {}{}", node.name, node.version,
                          node.uptime_seconds
                              ? fmt::format(", up {}",
                                            base::format_duration(base::Seconds(
                                                static_cast<std::int64_t>(*node.uptime_seconds))))
                              : ""));
  add("services", services_line(overview.totals));
  add("instances", fmt::format("{} of {} healthy", overview.totals.instances_healthy,
                               overview.totals.instances));
  add("traffic", traffic_line(overview.totals));
  Table troubled({{"NEEDS ATTENTION"}, {"STATE"}, {"INSTANCES", Align::kRight}, {"WHY"}});
  for (const ServiceInfo& service : overview.services) {
    if (needs_attention(service)) {
      troubled.add({{service.name},
                    {service.status, tone_of_state(service.status)},
                    {fmt::format("{}/{}", service.instances_healthy, service.instances_total)},
                    {status_reason_of(service), Tone::kDim}});
    }
  }
  if (!troubled.empty()) {
    out += "\n" + troubled.text(paint);
  }
  for (const std::string& warning : node.warnings) {
    out += "\n" + paint(Tone::kWarning, "warning: ") + warning;
  }
  if (!node.warnings.empty()) {
    out += "\n";
  }
  if (overview.services.empty()) {
    out += "\nRegister one: weft register --name web --address 127.0.0.1 --port 8080\n";
  }
  return out;
}

json::object status_json(const FetchedOverview& fetched) {
  json::array attention;
  for (const ServiceInfo& service : fetched.overview.services) {
    if (needs_attention(service)) {
      attention.push_back({{"name", service.name}, {"status", service.status}});
    }
  }
  json::object out{{"verdict", verdict(fetched.overview)}};
  for (const char* part : {"node", "totals"}) {
    out[part] = fetched.data.at(part);
  }
  out["attention"] = std::move(attention);
  const auto& warnings = fetched.overview.node.warnings;
  out["warnings"] = json::array(warnings.begin(), warnings.end());
  return out;
}

Command status_command() {
  auto options = std::make_shared<ApiOptions>();
  Command command{.name = "status",
                  .about = "Is it all right? Verdict, totals, who needs attention"};
  add_api_options(command, *options);
  command.run = [options](const Command&) {
    const auto shown = show_status(*options);
    return shown ? 0 : fail("status", shown.error(), options->form());
  };
  return command;
}

}  // namespace weft::cli
