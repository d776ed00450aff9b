#include "api/mesh/catalog.h"

#include "api/kit/past_view.h"
#include "api/kit/roll_up.h"
#include "api/kit/written.h"
#include "api/mesh/discovery_meters.h"
#include "api/mesh/register.h"
#include "api/mesh/words.h"
#include "http/endpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace weft::api::mesh {
namespace {

using base::Code;
using base::Result;
using http::Context;

struct ServiceIdPath {
  std::string service_id;
};
BOOST_DESCRIBE_STRUCT(ServiceIdPath, (), (service_id))

struct DiscoverPath {
  std::string service_name;
  bool use_cache = true;
  std::optional<std::string> at;

  static constexpr auto kFields = base::fields(
      base::field("service_name").length(1, kServiceNameLengthMax).pattern(kServiceNamePattern),
      base::field("use_cache").in_query().about("accepted; answers are always current"),
      at_field());
};
BOOST_DESCRIBE_STRUCT(DiscoverPath, (), (service_name, use_cache, at))

struct ListQuestion {
  std::optional<std::string> at;
  bool checks = false;

  static constexpr auto kFields =
      base::fields(at_field(), base::field("checks").in_query().about("with what each check says"));
};
BOOST_DESCRIBE_STRUCT(ListQuestion, (), (at, checks))

struct InstanceAnswer {
  std::string id;
  std::string address;  // host:port
  std::string state;
  std::vector<std::string> tags;
  json::object metadata;
};
BOOST_DESCRIBE_STRUCT(InstanceAnswer, (), (id, address, state, tags, metadata))

struct RegisteredService {
  std::string id;
  std::string status;
  InstanceAnswer instance;
};
BOOST_DESCRIBE_STRUCT(RegisteredService, (), (id, status, instance))

struct RegisterAnswer {
  std::string service_id;
  std::string status = "registered";
  std::string message;
  RegisteredService service;
};
BOOST_DESCRIBE_STRUCT(RegisterAnswer, (), (service_id, status, message, service))

struct DeregisterAnswer {
  std::string status = "deregistered";
  std::string message;
};
BOOST_DESCRIBE_STRUCT(DeregisterAnswer, (), (status, message))

struct DiscoverAnswer {
  std::string service_name;
  std::vector<InstanceAnswer> instances;
  std::size_t total = 0;
  std::size_t healthy = 0;
};
BOOST_DESCRIBE_STRUCT(DiscoverAnswer, (), (service_name, instances, total, healthy))

struct ListedCheck {
  std::string id;
  std::string kind;
  std::string status;
  std::optional<std::string> since;
  std::optional<double> for_seconds;
  std::string output;

  static constexpr auto kFields = base::fields(
      base::field("kind").about("told: nobody looks, the registration said how it is"),
      base::field("status").about("passing, warning, critical; none: nothing was heard of it yet"),
      base::field("since").left_out_when_null().about("when it took this status"),
      base::field("for_seconds").left_out_when_null().about("how long it has it"));
};
BOOST_DESCRIBE_STRUCT(ListedCheck, (), (id, kind, status, since, for_seconds, output))

struct ListedService {
  std::string id;
  std::string name;
  std::string address;
  std::uint32_t port = 0;
  std::vector<std::string> tags;
  json::object metadata;
  std::string state;
  std::optional<std::vector<ListedCheck>> checks;

  static constexpr auto kFields = base::fields(base::field("checks").left_out_when_null());
};
BOOST_DESCRIBE_STRUCT(ListedService, (), (id, name, address, port, tags, metadata, state, checks))

struct ListAnswer {
  std::vector<ListedService> services;
  std::size_t count = 0;
};
BOOST_DESCRIBE_STRUCT(ListAnswer, (), (services, count))

InstanceAnswer answer_of(const model::Instance& instance, model::Health health) {
  return {instance.id, kit::address_of(instance), std::string(state_name(health)), instance.tags,
          instance.metadata};
}

// An instance that registers again lives: that is the report of the checks it answers for itself.
// chosen: mesh v2 has no other way to report (contract/sutazai.md §1).
// Returns: whether there was such a check.
bool report_alive(health::Monitor& health, const model::Instance& instance) {
  bool is_reported = false;
  for (const model::CheckSpec& check : instance.checks) {
    if (check.kind == model::CheckKind::kTtl) {
      is_reported |=
          health
              .report_ttl(instance.id, check.id, {model::CheckStatus::kPassing, "registered again"})
              .has_value();
    }
  }
  return is_reported;
}

io::Task<Result<RegisterAnswer>> register_service(const kit::Parts* parts, Context* context,
                                                  RegisterBody body) {
  model::Instance instance =
      instance_of(body, {parts->node.health_interval, parts->node.health_timeout});
  instance.node = parts->node.name;
  RegisterAnswer answer;
  answer.service_id = instance.id;
  answer.message = fmt::format("Service {} registered", instance.service);
  const bool was_known = parts->state.view()->find<model::Instance>(instance.id) != nullptr;
  std::vector<model::Step> steps;
  steps.push_back(model::Put{instance, {}});
  const auto applied = co_await kit::write(*parts, *context, std::move(steps));
  if (!applied) {
    co_return base::fail(applied.error());
  }
  model::Health health = parts->state.view()->health_of(instance);
  if (was_known && report_alive(parts->health, instance)) {
    health = model::Health::kPassing;  // the registry hears of it in a moment
  }
  answer.service = {instance.id, "registered", answer_of(instance, health)};
  co_return answer;
}

io::Task<Result<DeregisterAnswer>> deregister_service(const kit::Parts* parts, Context* context,
                                                      ServiceIdPath path) {
  const auto view = parts->state.view();
  std::vector<model::Step> steps;
  if (view->find<model::Instance>(path.service_id) != nullptr) {
    steps.push_back(model::Delete{model::Table::kInstances, path.service_id, {}});
  } else if (view->find<model::Service>(path.service_id) != nullptr) {
    steps.push_back(model::Delete{model::Table::kServices, path.service_id, {}});
  } else {
    co_return context->refuse(Code::kNotFound, "Service not found");
  }
  const auto applied = co_await kit::write(*parts, *context, std::move(steps));
  if (!applied && applied.error().code == Code::kNotFound) {
    co_return context->refuse(Code::kNotFound, "Service not found");
  }
  if (!applied) {
    co_return base::fail(applied.error());
  }
  co_return DeregisterAnswer{"deregistered", fmt::format("{} deregistered", path.service_id)};
}

io::Task<Result<DiscoverAnswer>> discover(const kit::Parts* parts, Context* context,
                                          DiscoverPath path) {
  WEFT_CO_TRY(const kit::ViewPtr view,
              co_await kit::view_for(*parts, *context, std::move(path.at)));
  DiscoverAnswer answer;
  answer.service_name = path.service_name;
  for (const kit::InstanceState& state : kit::instances_of(*view, path.service_name)) {
    answer.instances.push_back(answer_of(state.row->object, state.health));
    answer.healthy += state.health == model::Health::kPassing ? 1 : 0;
  }
  answer.total = answer.instances.size();
  co_return answer;
}

// By its owner's word a check may be critical before anything was heard of it: that is no status.
std::vector<ListedCheck> listed_checks(const model::View& view, const model::Instance& instance,
                                       base::WallTime now) {
  std::vector<ListedCheck> out;
  for (const model::CheckSpec& spec : instance.checks) {
    ListedCheck& check = out.emplace_back();
    check.id = spec.id;
    check.kind = base::enum_name(spec.kind);
    const model::CheckState* state = view.check_state(instance, spec);
    check.status =
        base::enum_name(state != nullptr                       ? state->status
                        : spec.kind == model::CheckKind::kTold ? spec.initial
                                                               : model::CheckStatus::kNone);
    if (state != nullptr) {
      check.since = base::format_rfc3339(state->since);
      check.for_seconds = std::max(0.0, base::to_seconds(now - state->since));
      check.output = state->output;
    }
  }
  return out;
}

io::Task<Result<ListAnswer>> list_services(const kit::Parts* parts, Context* context,
                                           ListQuestion question) {
  WEFT_CO_TRY(const kit::ViewPtr view,
              co_await kit::view_for(*parts, *context, std::move(question.at)));
  ListAnswer answer;
  for (const auto& row : view->all<model::Instance>()) {
    const model::Instance& instance = row->object;
    answer.services.push_back(
        {instance.id, instance.service, instance.address, instance.port, instance.tags,
         instance.metadata, std::string(state_name(view->health_of(instance))),
         question.checks ? std::optional(listed_checks(*view, instance, parts->loop.wall_now()))
                         : std::nullopt});
  }
  answer.count = answer.services.size();
  co_return answer;
}

}  // namespace

void add_catalog_routes(http::Router& router, const http::FaceStyle& style,
                        const kit::Parts& parts) {
  const kit::Parts* p = &parts;
  const auto meters = std::make_shared<DiscoveryMeters>(parts.meters);
  const auto add = [&](DiscoveryOperation operation, http::Route route) {
    router.add(style, counted(std::move(route), meters, operation));
  };
  add(DiscoveryOperation::kRegister,
      http::endpoint<RegisterBody, RegisterAnswer>(
          "POST", "/api/v1/mesh/v2/register",
          {"Register an instance of a service", "mesh v2", {429, 503}},
          [p](Context& context, RegisterBody body) {
            return register_service(p, &context, std::move(body));
          }));
  for (const char* path :
       {"/api/v1/mesh/v2/deregister/{service_id}", "/api/v1/mesh/v2/services/{service_id}"}) {
    add(DiscoveryOperation::kDeregister,
        http::endpoint<ServiceIdPath, DeregisterAnswer>(
            "DELETE", path,
            {"Remove an instance by id, or a service with all instances by name",
             "mesh v2",
             {404, 503}},
            [p](Context& context, ServiceIdPath request) {
              return deregister_service(p, &context, std::move(request));
            }));
  }
  add(DiscoveryOperation::kDiscover,
      http::endpoint<DiscoverPath, DiscoverAnswer>(
          "GET", "/api/v1/mesh/v2/discover/{service_name}",
          {"Instances of a service with their states", "mesh v2", {410, 503}},
          [p](Context& context, DiscoverPath request) {
            return discover(p, &context, std::move(request));
          }));
  add(DiscoveryOperation::kList,
      http::endpoint<ListQuestion, ListAnswer>(
          "GET", "/api/v1/mesh/v2/services", {"Every registered instance", "mesh v2", {410, 503}},
          [p](Context& context, ListQuestion question) {
            return list_services(p, &context, std::move(question));
          }));
}

}  // namespace weft::api::mesh
