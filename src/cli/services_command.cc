#include "cli/services_command.h"

#include "base/described_decode.h"
#include "cli/command_tree.h"
#include "cli/nearest.h"
#include "cli/options.h"
#include "cli/table.h"
#include "cli/text_width.h"
#include "io/terminal.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <memory>

namespace weft::cli {
namespace {

constexpr std::size_t kOutputColumns = 60;
constexpr const char* kBase = "/api/v1/mesh/v2";

struct StrategyAnswer {
  std::string strategy;
  std::map<std::string, std::string> services;
};
BOOST_DESCRIBE_STRUCT(StrategyAnswer, (), (strategy, services))

struct BreakerValues {
  std::uint64_t failure_threshold = 0;
  double recovery_timeout = 0;
};
BOOST_DESCRIBE_STRUCT(BreakerValues, (), (failure_threshold, recovery_timeout))

struct BreakerAnswer {
  std::uint64_t failure_threshold = 0;
  double recovery_timeout = 0;
  std::map<std::string, BreakerValues> services;
};
BOOST_DESCRIBE_STRUCT(BreakerAnswer, (), (failure_threshold, recovery_timeout, services))

struct ServicesOptions {
  ApiOptions api;
  std::string name;
};

Failure unknown_service(const std::string& name, const std::vector<ServiceInfo>& services) {
  std::vector<std::string> names;
  for (const ServiceInfo& service : services) {
    names.push_back(service.name);
  }
  const auto meant = nearest(name, names);
  return {fmt::format("no service '{}'; {}'weft services' lists what is registered", name,
                      meant ? fmt::format("did you mean '{}'? ", *meant) : "")};
}

Outcome<ServiceSettings> fetch_settings(ApiSession& session, const std::string& name) {
  const auto balancer = session.fetch(fmt::format("{}/configure/load-balancer", kBase));
  if (!balancer) {
    return std::unexpected(balancer.error());
  }
  const auto breaker = session.fetch(fmt::format("{}/configure/circuit-breaker", kBase));
  if (!breaker) {
    return std::unexpected(breaker.error());
  }
  const auto settings = settings_of(name, *balancer, *breaker);
  if (!settings) {
    return std::unexpected(Failure{
        fmt::format("{} answered something else than settings; is it a node of this version?",
                    session.url().text)});
  }
  return *settings;
}

// The object of one service as the node sent it.
json::value sent_service(const json::value& data, const std::string& name) {
  for (const json::value& service : data.at("services").get_array()) {
    if (service.at("name") == json::value(name)) {
      return service;
    }
  }
  return {};
}

Outcome<void> show_one(ApiSession& session, const FetchedOverview& fetched,
                       const ServicesOptions& options, const Paint& paint) {
  const auto& services = fetched.overview.services;
  const auto found = std::ranges::find(services, options.name, &ServiceInfo::name);
  if (found == services.end()) {
    return std::unexpected(unknown_service(options.name, services));
  }
  const auto settings = fetch_settings(session, options.name);
  if (!settings) {
    return std::unexpected(settings.error());
  }
  if (!options.api.json) {
    fmt::print("{}", service_text(*found, *settings, paint));
    return {};
  }
  json::value service = sent_service(fetched.data, options.name);
  service.as_object()["settings"] = {{"strategy", settings->strategy},
                                     {"failure_threshold", settings->failure_threshold},
                                     {"recovery_timeout_seconds", settings->recovery_timeout}};
  print_json(service);
  return {};
}

Outcome<void> show_services(const ServicesOptions& options) {
  auto session = ApiSession::open(options.api.url);
  if (!session) {
    return std::unexpected(session.error());
  }
  const auto fetched = fetch_overview(**session);
  if (!fetched) {
    return std::unexpected(fetched.error());
  }
  const Paint paint = Paint::choose(io::is_terminal(io::StandardStream::kOut), process_environment);
  if (!options.name.empty()) {
    return show_one(**session, *fetched, options, paint);
  }
  if (options.api.json) {
    print_json(json::object{{"services", fetched->data.at("services")}});
    return {};
  }
  if (fetched->overview.services.empty()) {
    fmt::print(
        "No services yet. Register one: weft register --name web --address 127.0.0.1 --port "
        "8080\n");
    return {};
  }
  fmt::print("{}", services_text(fetched->overview.services, paint));
  return {};
}

}  // namespace

std::optional<ServiceSettings> settings_of(const std::string& service,
                                           const json::value& load_balancer,
                                           const json::value& circuit_breaker) {
  const auto strategy = base::decode<StrategyAnswer>(load_balancer);
  const auto breaker = base::decode<BreakerAnswer>(circuit_breaker);
  if (!strategy || !breaker) {
    return std::nullopt;
  }
  ServiceSettings out{strategy->strategy, breaker->failure_threshold, breaker->recovery_timeout};
  if (const auto own = strategy->services.find(service); own != strategy->services.end()) {
    out.strategy = own->second;
  }
  if (const auto own = breaker->services.find(service); own != breaker->services.end()) {
    out.failure_threshold = own->second.failure_threshold;
    out.recovery_timeout = own->second.recovery_timeout;
  }
  return out;
}

std::string services_text(const std::vector<ServiceInfo>& services, const Paint& paint) {
  Table table({{"NAME"},
               {"STATE"},
               {"INSTANCES", Align::kRight},
               {"REQUESTS/S", Align::kRight},
               {"FAILED", Align::kRight},
               {"P95", Align::kRight}});
  for (const ServiceInfo& service : services) {
    table.add({{service.name},
               {service.status, tone_of_state(service.status)},
               {fmt::format("{}/{}", service.instances_healthy, service.instances_total)},
               {show_rate(service.requests_per_second)},
               {show_percent(service.error_ratio)},
               {show_millis(service.p95_ms)}});
  }
  return table.text(paint);
}

std::string service_text(const ServiceInfo& service, const ServiceSettings& settings,
                         const Paint& paint) {
  std::string out = fmt::format("{}  {}", paint(Tone::kStrong, service.name),
                                paint(tone_of_state(service.status), service.status));
  const std::string description = service.description.value_or("");
  out += description.empty() ? "\n\n" : "  " + description + "\n\n";
  const auto add = [&](std::string_view name, const std::string& text) {
    out += fmt::format("  {}{}\n", paint(Tone::kDim, fmt::format("{:<11}", name)), text);
  };
  add("traffic",
      fmt::format("{} requests/s, {} failed, p95 {}", show_rate(service.requests_per_second),
                  show_percent(service.error_ratio), show_millis(service.p95_ms)));
  add("gateway", fmt::format("/svc/{0}/ or host {0}.service.weft", service.name));
  if (!service.tags.empty()) {
    add("tags", fmt::format("{}", fmt::join(service.tags, ", ")));
  }
  add("balancing", settings.strategy);
  add("breaker", fmt::format("opens after {} failures in a row, for {}", settings.failure_threshold,
                             base::format_duration(base::Nanos(
                                 static_cast<std::int64_t>(settings.recovery_timeout * 1e9)))));
  Table table({{"INSTANCE"},
               {"ADDRESS"},
               {"STATE"},
               {"BREAKER"},
               {"ACTIVE", Align::kRight},
               {"CHECK", Align::kRight},
               {"SAID"}});
  for (const InstanceInfo& instance : service.instances) {
    const std::string breaker = instance.breaker.value_or("-");
    table.add({{instance.id},
               {instance.address},
               {instance.status, tone_of_state(instance.status)},
               {breaker, breaker == "open" ? Tone::kBad : Tone::kPlain},
               {instance.active ? fmt::format("{:.0f}", *instance.active) : "-"},
               {show_millis(instance.response_time_ms)},
               {shorten(instance.output, kOutputColumns), Tone::kDim}});
  }
  return out + "\n" + table.text(paint);
}

void add_services_command(CLI::App& app, std::function<int()>& run) {
  auto options = std::make_shared<ServicesOptions>();
  CLI::App* command = app.add_subcommand(
      "services", "List the services, or show one with its instances and settings");
  command->add_option("NAME", options->name, "One service in detail")
      ->type_name(kServiceType)
      ->option_text(" ");
  add_api_options(*command, options->api);
  command->callback([options, &run] {
    run = [options] {
      const auto shown = show_services(*options);
      return shown ? 0 : fail("services", shown.error(), options->api.form());
    };
  });
}

}  // namespace weft::cli
