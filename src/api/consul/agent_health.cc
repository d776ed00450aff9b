#include "api/consul/agent.h"
#include "api/consul/entries.h"
#include "api/consul/entry_members.h"
#include "api/consul/keys.h"
#include "api/consul/reading.h"

#include <algorithm>
#include <utility>

namespace weft::api::consul {
namespace {

using model::View;

int status_for(std::string_view aggregated) {
  return aggregated == "passing" ? 200 : aggregated == "warning" ? 429 : 503;
}

// How bad, so that several can be summed up.
int badness(std::string_view status) {
  constexpr std::string_view kOrder[] = {"passing", "warning", "critical", "maintenance"};
  return static_cast<int>(std::ranges::find(kOrder, status) - std::begin(kOrder));
}

json::object encode_health(const HealthEntry& entry) {
  return {{"AggregatedStatus", worst_status(entry.checks)},
          {"Service", encode_agent(entry.service)},
          {"Checks", encode_list<CheckEntry>(entry.checks, encode)}};
}

bool wants_text(const Question& question) { return question.asked.text("format") == "text"; }

Reply text_reply(std::string_view status) {
  return {.status = status_for(status), .raw = std::string(status)};
}

Judged<Reply> by_name(const Question& question, const View& view) {
  json::array out;
  std::string_view worst = "passing";
  for (const auto& row : view.instances_of(question.path("name"))) {
    if (row->object.node != question.face.own_node()) {
      continue;
    }
    const HealthEntry entry = health_entry(view, service_entry(question.face, view, row));
    const std::string_view status = worst_status(entry.checks);
    worst = badness(status) > badness(worst) ? status : worst;
    out.push_back(encode_health(entry));
  }
  if (out.empty()) {
    return wants_text(question)
               ? Reply{.status = 404, .raw = "ServiceName " + question.path("name") + " Not Found"}
               : Reply{.status = 404, .value = json::array()};
  }
  return wants_text(question) ? text_reply(worst)
                              : Reply{.status = status_for(worst), .value = std::move(out)};
}

Judged<Reply> by_id(const Question& question, const View& view) {
  const auto* row = find_for_agent(question.face, view, question.path("id"));
  if (row == nullptr) {
    return refuse(404, "ServiceId " + question.path("id") + " not found");
  }
  const auto shared = view.all<model::Instance>().find_shared(row->object.id);
  const HealthEntry entry = health_entry(view, service_entry(question.face, view, shared));
  const std::string_view status = worst_status(entry.checks);
  return wants_text(question) ? text_reply(status)
                              : Reply{.status = status_for(status), .value = encode_health(entry)};
}

constexpr Reading kByName{nullptr, by_name};
constexpr Reading kById{nullptr, by_id};

}  // namespace

void add_agent_health_routes(http::Router& router, const http::FaceStyle& style, const Face& face) {
  add_reading(router, style, face, "/v1/agent/health/service/name/{name}", kByName);
  add_reading(router, style, face, "/v1/agent/health/service/id/{id...}", kById);
}

}  // namespace weft::api::consul
