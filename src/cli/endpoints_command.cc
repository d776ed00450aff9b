#include "cli/endpoints_command.h"

#include "base/described_decode.h"
#include "base/text.h"
#include "base/time.h"
#include "cli/nearest.h"
#include "cli/options.h"
#include "cli/overview.h"
#include "cli/table.h"
#include "cli/text_width.h"
#include "io/terminal.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>
#include <utility>

namespace weft::cli {
namespace {

constexpr std::size_t kDrainReasonColumns = 40;

struct EndpointsOptions {
  ApiOptions api;
  std::string service;
  bool loops = false;
};

Failure no_such_service(ApiSession& session, const std::string& name) {
  std::vector<std::string> names;
  if (const auto fetched = fetch_overview(session)) {
    for (const ServiceInfo& service : fetched->overview.services) {
      names.push_back(service.name);
    }
  }
  const auto meant = nearest(name, names);
  return {fmt::format("no service '{}'; {}'weft services' lists what is registered", name,
                      meant ? fmt::format("did you mean '{}'? ", *meant) : ""),
          1, 404};
}

// All pages in one, as decoded and as they came.
struct FetchedEndpoints {
  std::vector<EndpointInfo> endpoints;
  json::array sent;
};

Outcome<FetchedEndpoints> fetch_endpoints(ApiSession& session, const EndpointsOptions& options) {
  FetchedEndpoints out;
  std::string after;
  for (;;) {
    std::vector<std::string> query;
    if (!options.service.empty()) {
      query.push_back("service=" + base::percent_encode(options.service));
    }
    if (options.loops) {
      query.emplace_back("loops=true");
    }
    if (!after.empty()) {
      query.push_back("after=" + base::percent_encode(after));
    }
    const auto answer = session.fetch(
        fmt::format("{}/endpoints{}{}", kMeshApi, query.empty() ? "" : "?", fmt::join(query, "&")));
    if (!answer) {
      return std::unexpected(answer.error().status == 404 && !options.service.empty()
                                 ? no_such_service(session, options.service)
                                 : answer.error());
    }
    auto page = base::decode<EndpointPage>(*answer);
    if (!page) {
      return std::unexpected(Failure{
          fmt::format("{} answered something else than endpoints; is it a node of this version?",
                      session.url().text)});
    }
    for (const json::value& one : answer->at("endpoints").get_array()) {
      out.sent.push_back(one);
    }
    std::ranges::move(page->endpoints, std::back_inserter(out.endpoints));
    const std::optional<std::string> next = std::move(page->next);
    if (!next) {
      return out;
    }
    after = *next;
  }
}

Outcome<void> show_endpoints(const EndpointsOptions& options) {
  auto session = ApiSession::open(options.api.url);
  if (!session) {
    return std::unexpected(session.error());
  }
  auto fetched = fetch_endpoints(**session, options);
  if (!fetched) {
    return std::unexpected(fetched.error());
  }
  if (options.api.json) {
    print_json(json::object{{"endpoints", std::move(fetched->sent)}});
    return {};
  }
  if (fetched->endpoints.empty()) {
    fmt::print(
        "No instances yet. Register one: weft register --name web --address 127.0.0.1 --port "
        "8080\n");
    return {};
  }
  const Paint paint = Paint::choose(io::is_terminal(io::StandardStream::kOut), process_environment);
  fmt::print("{}", endpoints_text(fetched->endpoints, paint));
  return {};
}

// What keeps requests away, or makes them fewer.
Cell state_cell(const EndpointInfo& endpoint, const LoopTraffic* traffic) {
  if (endpoint.drained) {
    const std::string reason = endpoint.drain_reason.empty() ? "" : ": " + endpoint.drain_reason;
    return {"drained" + shorten(reason, kDrainReasonColumns), Tone::kWarning};
  }
  if (traffic != nullptr && traffic->ejected) {
    return {"ejected", Tone::kBad};
  }
  if (traffic != nullptr && traffic->slow_start) {
    return {"slow start", Tone::kWarning};
  }
  return {endpoint.weight == 0 ? "no weight" : "in use", Tone::kDim};
}

std::vector<Cell> row_of(const EndpointInfo& endpoint, const LoopTraffic* traffic) {
  std::vector<Cell> row{{endpoint.instance_id},
                        {endpoint.address},
                        {endpoint.zone.value_or("-")},
                        {std::to_string(endpoint.weight)},
                        {endpoint.health, tone_of_state(endpoint.health)}};
  row.push_back(state_cell(endpoint, traffic));
  if (traffic == nullptr) {
    row.insert(row.end(), 6, {"-"});
    return row;
  }
  row.push_back({traffic->breaker, traffic->breaker == "closed" ? Tone::kPlain : Tone::kBad});
  row.push_back({std::to_string(traffic->active)});
  row.push_back({std::to_string(traffic->idle_connections)});
  row.push_back({traffic->idle_timeout_ms
                     ? base::format_duration(
                           base::Millis(static_cast<std::int64_t>(*traffic->idle_timeout_ms)))
                     : "-"});
  row.push_back({std::to_string(traffic->requests_total)});
  row.push_back({std::to_string(traffic->failures_total)});
  return row;
}

std::vector<Column> columns() {
  return {{"INSTANCE"},
          {"ADDRESS"},
          {"ZONE"},
          {"WEIGHT", Align::kRight},
          {"HEALTH"},
          {"STATE"},
          {"BREAKER"},
          {"ACTIVE", Align::kRight},
          {"IDLE", Align::kRight},
          {"KEEPS IDLE", Align::kRight},
          {"REQUESTS", Align::kRight},
          {"FAILED", Align::kRight}};
}

}  // namespace

std::string endpoints_text(const std::vector<EndpointInfo>& endpoints, const Paint& paint) {
  const bool by_loop = !endpoints.empty() && endpoints.front().loops.has_value();
  std::vector<Column> titles = columns();
  if (by_loop) {
    titles.insert(titles.begin() + 1, {"LOOP"});
  }
  Table table(std::move(titles));
  const auto add = [&](const EndpointInfo& endpoint, const LoopTraffic* traffic) {
    std::vector<Cell> row = row_of(endpoint, traffic);
    if (by_loop) {
      row.insert(row.begin() + 1,
                 {traffic != nullptr ? traffic->loop.value_or("-") : std::string("-")});
    }
    table.add(std::move(row));
  };
  for (const EndpointInfo& endpoint : endpoints) {
    if (!by_loop || !endpoint.traffic || !endpoint.loops) {
      add(endpoint, endpoint.traffic ? &*endpoint.traffic : nullptr);
      continue;
    }
    for (const LoopTraffic& loop : *endpoint.loops) {
      add(endpoint, &loop);
    }
  }
  return table.text(paint);
}

Command endpoints_command() {
  auto options = std::make_shared<EndpointsOptions>();
  Command command{.name = "endpoints",
                  .about = "List the instances as the loops of the gateway see them",
                  .options = {{.name = "SERVICE",
                               .about = "Those of one service",
                               .into = &options->service,
                               .kind = ValueKind::kService},
                              {.name = "--loops",
                               .about = "A line for each loop that has called an instance",
                               .into = &options->loops}}};
  add_api_options(command, options->api);
  command.run = [options](const Command&) {
    const auto shown = show_endpoints(*options);
    return shown ? 0 : fail("endpoints", shown.error(), options->api.form());
  };
  return command;
}

}  // namespace weft::cli
