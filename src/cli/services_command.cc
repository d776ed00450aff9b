#include "cli/services_command.h"

#include "base/described_decode.h"
#include "base/text.h"
#include "cli/nearest.h"
#include "cli/options.h"
#include "cli/services_at.h"
#include "cli/stale_services.h"
#include "cli/table.h"
#include "cli/text_width.h"
#include "io/terminal.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace weft::cli {
namespace {

constexpr std::size_t kOutputColumns = 60;
constexpr std::string_view kHealthy = "healthy";
constexpr std::string_view kEverySetting = "all";

struct ServicesOptions {
  ApiOptions api;
  std::string name;
  std::string at;
  std::vector<std::string> sets;    // "timeouts.request=5s"
  std::vector<std::string> unsets;  // "timeouts", or kEverySetting
  std::vector<std::string> tags;
  std::string stale_for = "10m";
  bool stale = false;
  bool healthy = false;
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

// What the API says of the settings after what the options ask to change.
Outcome<json::value> change_settings(ApiSession& session, const ServicesOptions& options) {
  const std::string path =
      fmt::format("{}/services/{}/settings", kMeshApi, base::percent_encode(options.name));
  std::vector<std::string> unsets = options.unsets;
  if (std::erase(unsets, kEverySetting) > 0) {
    const auto gone = session.call(wire::Method::kDelete, path);
    if (!gone) {
      return std::unexpected(gone.error());
    }
  }
  if (options.sets.empty() && unsets.empty()) {
    return session.fetch(path);
  }
  const auto patch = settings_patch(options.sets, unsets);
  if (!patch) {
    return std::unexpected(Failure{
        fmt::format("'{}': expected NAME=VALUE, as timeouts.request=5s", patch.error()), 2});
  }
  return session.call(wire::Method::kPatch, path, *patch);
}

json::value value_of(const std::string& text) {
  const auto parsed = base::parse_json(text);
  return parsed && (parsed->is_number() || parsed->is_bool()) ? *parsed : json::value(text);
}

// "timeouts.request" is a member of a group. Returns: false when it is no name.
bool put_setting(json::object& patch, const std::string& name, const json::value& value) {
  const std::size_t dot = name.find('.');
  if (name.empty() || dot == 0 || dot + 1 == name.size()) {
    return false;
  }
  if (dot == std::string::npos) {
    patch[name] = value;
    return true;
  }
  json::value& group = patch[name.substr(0, dot)];
  if (!group.is_object()) {
    group = json::object();
  }
  group.as_object()[name.substr(dot + 1)] = value;
  return true;
}

std::string breaker_line(const model::BreakerSettings& breaker) {
  if (!breaker.enabled) {
    return "off";
  }
  std::string line = fmt::format("opens after {} failures in a row", breaker.consecutive_failures);
  if (breaker.error_ratio > 0) {
    line += fmt::format(" or {:.0f} % of {}", breaker.error_ratio * 100,
                        base::format_duration(breaker.error_ratio_window));
  }
  return line + fmt::format(", for {}", base::format_duration(breaker.recovery));
}

// How a service is called, one line per group of settings.
std::vector<std::pair<std::string_view, std::string>> settings_lines(const ServiceSettings& all) {
  const SettingsInfo& settings = all.settings;
  const model::TimeoutSettings& time = settings.timeouts;
  const model::RetrySettings& retry = settings.retry;
  return {
      {"balancing", settings.balancing == all.balancing_of_calls
                        ? settings.balancing
                        : fmt::format("{} in the gateway, {} for mesh calls", settings.balancing,
                                      all.balancing_of_calls)},
      {"breaker", breaker_line(settings.breaker)},
      {"timeouts",
       fmt::format("connect {}, request {}, idle {}, one try {}",
                   base::format_duration(time.connect), base::format_duration(time.request),
                   base::format_duration(time.idle),
                   time.per_try == base::Nanos(0) ? "no limit of its own"
                                                  : base::format_duration(time.per_try))},
      {"retries",
       fmt::format("{} where safe, within {:.0f} % of the requests of {} and {:.0f} a second",
                   retry.retries, retry.budget_ratio * 100,
                   base::format_duration(retry.budget_window), retry.budget_floor_per_second)},
      {"limits", fmt::format("{} connections, {} pending; per instance and loop",
                             settings.limits.connections_max, settings.limits.pending_max)},
      {"outliers", fmt::format("at most {:.0f} % of the instances out at a time",
                               settings.outlier.ejected_ratio_max * 100)},
      {"its own",
       all.own.empty() ? "none of these settings" : fmt::to_string(fmt::join(all.own, ", "))},
  };
}

void leave_healthy(json::value& service) {
  json::array healthy;
  for (const json::value& instance : service.at("instances").get_array()) {
    if (instance.at("status") == json::value(kHealthy)) {
      healthy.push_back(instance);
    }
  }
  service.as_object()["instances"] = std::move(healthy);
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
  if (!ServiceChoice{options.tags, false}.takes(*found)) {
    return std::unexpected(
        Failure{fmt::format("'{}' has no tag '{}'; its tags: {}", options.name,
                            fmt::join(options.tags, "' and '"), fmt::join(found->tags, ", "))});
  }
  const auto sent = change_settings(session, options);
  if (!sent) {
    return std::unexpected(sent.error());
  }
  const auto settings = base::decode<ServiceSettings>(*sent);
  if (!settings) {
    return std::unexpected(Failure{
        fmt::format("{} answered something else than settings; is it a node of this version?",
                    session.url().text)});
  }
  if (!options.api.json) {
    ServiceInfo shown = *found;
    std::erase_if(shown.instances, [&](const InstanceInfo& instance) {
      return options.healthy && instance.status != kHealthy;
    });
    fmt::print("{}", service_text(shown, *settings, paint));
    return {};
  }
  json::value service = sent_service(fetched.data, options.name);
  if (options.healthy) {
    leave_healthy(service);
  }
  service.as_object()["settings"] = *sent;
  print_json(service);
  return {};
}

Outcome<void> show_stale(ApiSession& session, const ServicesOptions& options) {
  StaleQuestion question{.service = options.name, .tags = options.tags};
  question.failing_for = base::parse_duration(options.stale_for).value_or(question.failing_for);
  const auto stale = fetch_stale(session, question);
  if (!stale) {
    return std::unexpected(stale.error());
  }
  if (options.api.json) {
    print_json(stale_json(*stale));
    return {};
  }
  const Paint paint = Paint::choose(io::is_terminal(io::StandardStream::kOut), process_environment);
  fmt::print("{}", stale_text(*stale, paint));
  return {};
}

// Leaves those that --tag and --healthy ask for, as decoded and as they came.
void choose(FetchedOverview& fetched, const ServicesOptions& options) {
  const ServiceChoice choice{options.tags, options.healthy};
  auto& services = fetched.overview.services;
  std::erase_if(services, [&](const ServiceInfo& service) { return !choice.takes(service); });
  json::array sent;
  for (const json::value& service : fetched.data.at("services").get_array()) {
    const std::string name(service.at("name").as_string());
    if (std::ranges::find(services, name, &ServiceInfo::name) != services.end()) {
      sent.push_back(service);
    }
  }
  fetched.data.as_object()["services"] = std::move(sent);
}

Outcome<void> show_services(const ServicesOptions& options) {
  auto session = ApiSession::open(options.api.url);
  if (!session) {
    return std::unexpected(session.error());
  }
  if (!options.at.empty()) {
    return show_services_at(**session, options.at, options.name, options.api.form());
  }
  if (options.stale) {
    return show_stale(**session, options);
  }
  auto fetched = fetch_overview(**session);
  if (!fetched) {
    return std::unexpected(fetched.error());
  }
  const bool has_none = fetched->overview.services.empty();
  if (options.name.empty()) {
    choose(*fetched, options);
  }
  const Paint paint = Paint::choose(io::is_terminal(io::StandardStream::kOut), process_environment);
  if (!options.name.empty()) {
    return show_one(**session, *fetched, options, paint);
  }
  if (options.api.json) {
    print_json(json::object{{"services", fetched->data.at("services")}});
    return {};
  }
  if (!has_none && fetched->overview.services.empty()) {
    fmt::print("No service is like that; 'weft services' lists all of them.\n");
    return {};
  }
  if (has_none) {
    fmt::print(
        "No services yet. Register one: weft register --name web --address 127.0.0.1 --port "
        "8080\n");
    return {};
  }
  fmt::print("{}", services_text(fetched->overview.services, paint));
  return {};
}

std::string check_stale_for(const std::string& text) {
  return base::parse_duration(text) ? "" : "expected a duration, as 30s or 5m";
}

std::vector<Option> choice_options(ServicesOptions& out) {
  return {{.name = "--stale",
           .about = "Instances that nobody has confirmed, why, and for how long; see below",
           .into = &out.stale,
           .excludes = {"--healthy"}},
          {.name = "--for",
           .about = "With --stale: how long a check may fail (default 10m)",
           .into = &out.stale_for,
           .shown = "DURATION",
           .check = check_stale_for,
           .needs = {"--stale"}},
          {.name = "--tag",
           .about = "Only those with this tag; may be given more than once",
           .into = &out.tags,
           .shown = "TAG"},
          {.name = "--healthy", .about = "Only those that are healthy", .into = &out.healthy}};
}

std::vector<Option> settings_options(ServicesOptions& out) {
  return {
      {.name = "--at",
       .about = "As they were: an index, 14:03, 10m for so long ago, 2026-01-31T14:03:00Z",
       .into = &out.at,
       .shown = "INDEX|TIME",
       .excludes = {"--set", "--unset"}},
      {.name = "--set",
       .about = "Give it a setting of its own, as timeouts.request=5s; may be given more than once",
       .into = &out.sets,
       .shown = "NAME=VALUE",
       .needs = {"NAME"}},
      {.name = "--unset",
       .about = "Take a setting back, or a group (timeouts), or all; may be given more than once",
       .into = &out.unsets,
       .shown = "NAME",
       .needs = {"NAME"}}};
}

}  // namespace

bool ServiceChoice::takes(const ServiceInfo& service) const {
  const bool has_tags = std::ranges::all_of(tags, [&](const std::string& tag) {
    return std::ranges::find(service.tags, tag) != service.tags.end();
  });
  return has_tags && (!healthy_only || service.status == kHealthy);
}

std::expected<json::object, std::string> settings_patch(const std::vector<std::string>& sets,
                                                        const std::vector<std::string>& unsets) {
  json::object patch;
  for (const std::string& text : sets) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos ||
        !put_setting(patch, text.substr(0, equals), value_of(text.substr(equals + 1)))) {
      return std::unexpected(text);
    }
  }
  for (const std::string& name : unsets) {
    if (!put_setting(patch, name, nullptr)) {
      return std::unexpected(name);
    }
  }
  return patch;
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
  for (const auto& [name, text] : settings_lines(settings)) {
    add(name, text);
  }
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
               instance.drained ? Cell{"drained", Tone::kWarning}
                                : Cell{instance.status, tone_of_state(instance.status)},
               {breaker, breaker == "open" ? Tone::kBad : Tone::kPlain},
               {instance.active ? fmt::format("{:.0f}", *instance.active) : "-"},
               {show_millis(instance.response_time_ms)},
               {shorten(instance.output, kOutputColumns), Tone::kDim}});
  }
  return out + "\n" + table.text(paint);
}

Command services_command() {
  auto options = std::make_shared<ServicesOptions>();
  Command command{.name = "services",
                  .about = "List the services, or show one with its instances and settings",
                  .options = {{.name = "NAME",
                               .about = "One service in detail",
                               .into = &options->name,
                               .kind = ValueKind::kService}},
                  .footer = std::string("Examples:\n  weft services --tag api --healthy\n"
                                        "  weft services --stale --for 1h\n") +
                            kStaleHelp};
  add_options(command, choice_options(*options));
  add_options(command, settings_options(*options));
  add_api_options(command, options->api);
  command.run = [options](const Command&) {
    const auto shown = show_services(*options);
    return shown ? 0 : fail("services", shown.error(), options->api.form());
  };
  return command;
}

}  // namespace weft::cli
