#include "api/consul/health.h"

#include "api/consul/definition.h"
#include "api/consul/entries.h"
#include "api/consul/entry_members.h"
#include "api/consul/reading.h"
#include "api/consul/selection.h"

#include <algorithm>

namespace weft::api::consul {
namespace {

using model::Table;
using model::View;
using state::Interest;

Interest of_healthy_service(const Question& question) {
  return interest_of_service(question.path("service"));
}
Interest of_all_checks(const Question& /*question*/) {
  return Interest::of_tables({Table::kInstances, Table::kCheckStatus, Table::kNodes});
}

Judged<Reply> health_of_service(const Question& question, const View& view) {
  std::vector<HealthEntry> entries;
  for (ServiceEntry& service :
       selected(question, entries_of_service(question.face, view, question.path("service")))) {
    HealthEntry entry = health_entry(view, std::move(service));
    if (!question.asked.has_flag("passing") || is_passing(entry)) {
      entries.push_back(std::move(entry));
    }
  }
  WEFT_TRY(entries, filtered<kHealthMembers>(question, std::move(entries)));
  return Reply{.value = encode_list<HealthEntry>(entries, encode)};
}

// What Consul leaves empty, for who asks: how a check of ours was registered.
json::object encode_with_definition(const CheckEntry& check) {
  json::object out = encode(check);
  if (check.spec != nullptr && check.spec->kind != model::CheckKind::kTold) {
    out["Definition"] = encode_definition(*check.spec, check.instance);
  }
  return out;
}

Judged<Reply> reply_checks(const Question& question, std::vector<CheckEntry> checks) {
  leave_out_hidden_nodes(*question.sight, checks);
  WEFT_TRY(checks, filtered<kCheckMembers>(question, std::move(checks)));
  return Reply{.value = question.asked.query.has("definition")
                            ? encode_list<CheckEntry>(checks, encode_with_definition)
                            : encode_list<CheckEntry>(checks, encode)};
}

void add_all(std::vector<CheckEntry>& out, std::vector<CheckEntry> more) {
  std::ranges::move(more, std::back_inserter(out));
}

Judged<Reply> checks_of_service(const Question& question, const View& view) {
  std::vector<CheckEntry> checks;
  // The entries live as long as their checks are looked at.
  const auto services =
      selected(question, entries_of_service(question.face, view, question.path("service")));
  for (const ServiceEntry& service : services) {
    add_all(checks, checks_of_instance(view, service));
  }
  return reply_checks(question, std::move(checks));
}

Judged<Reply> checks_on_node(const Question& question, const View& view) {
  const auto* node = view.find<model::Node>(question.path("node"));
  std::vector<CheckEntry> checks;
  std::vector<ServiceEntry> services;
  if (node != nullptr) {
    checks = checks_of_node(view, node_entry(question.face, *node));
    services = entries_on_node(question.face, view, node->object.name);
  }
  for (const ServiceEntry& service : services) {
    add_all(checks, checks_of_instance(view, service));
  }
  return reply_checks(question, std::move(checks));
}

Judged<Reply> checks_in_state(const Question& question, const View& view) {
  const std::string& state = question.path("state");
  if (state != "any" && state != "passing" && state != "warning" && state != "critical") {
    return refuse(400, "Invalid check state: '" + state + "'");
  }
  std::vector<CheckEntry> checks;
  for (const auto& row : view.all<model::Node>()) {
    const NodeEntry node = node_entry(question.face, *row);
    if (has_node_meta(question, node)) {
      add_all(checks, checks_of_node(view, node));
    }
  }
  for (const auto& row : view.all<model::Instance>()) {
    const ServiceEntry service = service_entry(question.face, view, row);
    if (has_node_meta(question, service.node)) {
      add_all(checks, checks_of_instance(view, service));
    }
  }
  std::erase_if(checks,
                [&](const CheckEntry& check) { return state != "any" && check.status != state; });
  return reply_checks(question, std::move(checks));
}

Judged<Reply> no_health(const Question& /*question*/, const View& /*view*/) {
  return Reply{.value = json::array()};
}

constexpr Reading kHealthService{of_healthy_service, health_of_service, Keeps::kWhileUnchanged};
constexpr Reading kHealthChecks{of_healthy_service, checks_of_service, Keeps::kWhileUnchanged};
constexpr Reading kHealthNode{of_all_checks, checks_on_node, Keeps::kWhileUnchanged};
constexpr Reading kState{of_all_checks, checks_in_state, Keeps::kWhileUnchanged};
constexpr Reading kNothing{of_healthy_service, no_health};

}  // namespace

void add_health_routes(http::Router& router, const http::FaceStyle& style, const Face& face) {
  add_reading(router, style, face, "/v1/health/service/{service}", kHealthService);
  add_reading(router, style, face, "/v1/health/checks/{service}", kHealthChecks);
  add_reading(router, style, face, "/v1/health/node/{node}", kHealthNode);
  add_reading(router, style, face, "/v1/health/state/{state}", kState);
  add_reading(router, style, face, "/v1/health/connect/{service}", kNothing);
  add_reading(router, style, face, "/v1/health/ingress/{service}", kNothing);
}

}  // namespace weft::api::consul
