#include "api/consul/agent.h"

#include "api/consul/body.h"
#include "api/consul/definition.h"
#include "api/consul/entries.h"
#include "api/consul/entry_members.h"
#include "api/consul/keys.h"
#include "api/consul/reading.h"
#include "api/consul/style.h"
#include "api/consul/wan.h"
#include "api/consul/writing.h"
#include "base/hash.h"

#include <fmt/format.h>

#include <utility>

namespace weft::api::consul {
namespace {

using http::Response;
using model::Instance;
using model::Table;
using model::View;
using state::Interest;

std::string unknown_service(std::string_view id) {
  return fmt::format(
      "Unknown service ID \"{}\". Ensure that the service ID is passed, not the "
      "service name.",
      id);
}

std::vector<ServiceEntry> own_services(const Question& question, const View& view) {
  std::vector<ServiceEntry> out;
  for (const auto& row : view.instances_on(question.face.own_node())) {
    out.push_back(service_entry(question.face, view, row));
  }
  return out;
}

Judged<Reply> services(const Question& question, const View& view) {
  WEFT_TRY(const auto entries,
           filtered<kAgentServiceMembers>(question, own_services(question, view)));
  json::object out;
  for (const ServiceEntry& entry : entries) {
    out.emplace(model::owner_id_of(entry.instance()), encode_agent(entry));
  }
  return Reply{.value = std::move(out)};
}

// What keeps instances of the past from being given back: the checks that are not in the body stay
// unless the client says otherwise.
struct Registration {
  Instance instance;
  bool replaces_checks = false;
};

base::Result<void> register_onto(Instance& known, const Registration& wanted) {
  Instance next = wanted.instance;
  next.enabled = known.enabled;
  next.disabled_reason = known.disabled_reason;
  for (const model::CheckSpec& check : known.checks) {
    if (!wanted.replaces_checks && model::find_check(next.checks, check.id) == nullptr) {
      next.checks.push_back(check);
    }
  }
  known = std::move(next);
  return {};
}

// The service it is to be of, and the one it is of now.
Judged<void> require_registration(Request& request, const Instance& instance) {
  WEFT_TRY_VOID(request.require(AclResource::kService, instance.service, AclAccess::kWrite));
  const auto* row = find_for_agent(request.face, request.view(), instance.id);
  return row == nullptr
             ? Judged<void>()
             : request.require(AclResource::kService, row->object.service, AclAccess::kWrite);
}

io::Task<Judged<Response>> register_service(Request* request) {
  const Face& face = request->face;
  WEFT_CO_TRY(const json::value body, request->body());
  WEFT_CO_TRY(ServiceDefinition definition, parse_service(body, face));
  WEFT_CO_TRY_VOID(require_registration(*request, definition.instance));
  Registration wanted{std::move(definition.instance),
                      request->asked.has_flag("replace-existing-checks")};
  Instance& instance = wanted.instance;
  const std::string own_id = instance.id;
  instance.node = face.own_node();
  for (CheckDefinition& check : definition.checks) {
    instance.checks.push_back(std::move(check.spec));
  }
  instance.id = mesh_id(face, request->view(), instance.node, own_id);
  if (instance.id != own_id) {
    if (!instance.details) {
      instance.details.emplace();
    }
    instance.details->local_id = own_id;
  }
  WEFT_CO_TRY_VOID(check_rules(instance));
  model::Edit<Instance> edit{
      .key = instance.id,
      .change = [wanted](Instance& known) { return register_onto(known, wanted); },
      .if_absent = model::Edit<Instance>::IfAbsent::kCreate};
  std::vector<model::Step> steps;
  steps.emplace_back(std::move(edit));
  const auto applied = co_await apply(request, std::move(steps));
  if (!applied) {
    co_return std::unexpected(refusal_of(applied.error()));
  }
  co_return done();
}

io::Task<Judged<Response>> deregister_service(Request* request) {
  const std::string& id = request->path("id");
  const auto* row = find_for_agent(request->face, request->view(), id);
  if (row == nullptr) {
    co_return refuse(404, unknown_service(id));
  }
  std::vector<model::Step> steps;
  steps.emplace_back(model::Delete{.table = Table::kInstances, .key = row->object.id});
  const auto applied = co_await apply(request, std::move(steps));
  if (!applied && applied.error().code == base::Code::kNotFound) {
    co_return refuse(404, unknown_service(id));
  }
  if (!applied) {
    co_return std::unexpected(refusal_of(applied.error()));
  }
  co_return done();
}

// ?enable=true|false. Errors: 400.
Judged<model::Rotation> asked_rotation(const Asked& asked) {
  const std::string_view enable = asked.text("enable");
  if (enable.empty()) {
    return refuse(400, "Missing value for enable");
  }
  if (enable == "true" || enable == "1" || enable == "t" || enable == "T" || enable == "TRUE" ||
      enable == "True") {
    return model::Rotation::kOut;
  }
  if (enable == "false" || enable == "0" || enable == "f" || enable == "F" || enable == "FALSE" ||
      enable == "False") {
    return model::Rotation::kIn;
  }
  return refuse(400, fmt::format("Invalid value for enable: \"{}\"", enable));
}

io::Task<Judged<Response>> rotate(Request* request, std::string key, Table table) {
  WEFT_CO_TRY(const model::Rotation rotation, asked_rotation(request->asked));
  std::vector<model::Step> steps;
  steps.emplace_back(model::SetRotation{.key = std::move(key),
                                        .rotation = rotation,
                                        .reason = std::string(request->asked.text("reason")),
                                        .table = table});
  const auto applied = co_await apply(request, std::move(steps));
  if (!applied) {
    co_return std::unexpected(refusal_of(applied.error()));
  }
  co_return done();
}

io::Task<Judged<Response>> service_maintenance(Request* request) {
  WEFT_CO_TRY_VOID(asked_rotation(request->asked));
  const std::string& id = request->path("id");
  const auto* row = find_for_agent(request->face, request->view(), id);
  if (row == nullptr) {
    co_return refuse(404, unknown_service(id));
  }
  co_return co_await rotate(request, row->object.id, Table::kInstances);
}

io::Task<Judged<Response>> node_maintenance(Request* request) {
  co_return co_await rotate(request, request->face.own_node(), Table::kNodes);
}

Interest of_own_service(const Question& question) {
  const auto view = question.face.parts.state.view();
  const auto* row = find_for_agent(question.face, *view, question.path("id"));
  return row != nullptr ? Interest::of_service(row->object.service)
                        : Interest::of_table(Table::kInstances);
}

json::object hashed_service(const ServiceEntry& entry) {
  json::object out = encode_agent(entry);
  const std::string hash = fmt::format("{:016x}", base::hash64(base::write_json(out)));
  out.emplace("ContentHash", hash);
  return out;
}

Judged<json::object> own_service(const Question& question, const View& view) {
  const auto* row = find_for_agent(question.face, view, question.path("id"));
  if (row == nullptr) {
    return refuse(404, fmt::format("unknown service ID: {}", question.path("id")));
  }
  if (!question.sight->sees(AclResource::kService, row->object.service)) {  // it may have changed
    return std::unexpected(permission_denied());
  }
  const auto shared = view.all<Instance>().find_shared(row->object.id);
  return hashed_service(service_entry(question.face, view, shared));
}

// Waits as long as the answer's hash is the one the client has. Source: contract/consul.md §1.1.
io::Task<Response> one_service(const Face* face, http::Context* context) {
  const auto asked = parse_asked(*context, face->options.datacenter);
  if (!asked) {
    co_return answer_refusal(asked.error());
  }
  Sight sight(policy_of(*face, *context));
  const Question question{*face, *context, *asked, &sight};
  const std::string_view hash = asked->text("hash");
  const base::MonoTime end = context->loop.now() + asked->wait;
  for (;;) {
    const std::uint64_t index = face->parts.state.feed().index();
    const auto service = own_service(question, *face->parts.state.view());
    if (!service) {
      co_return answer_refusal(service.error());
    }
    const std::string now(service->at("ContentHash").get_string());
    if (hash.empty() || hash != now || context->loop.now() >= end) {
      context->headers.set("X-Consul-ContentHash", now);
      co_return json_reply(*service, asked->is_pretty);
    }
    const auto woken =
        co_await face->parts.state.feed().wait_for_change(of_own_service(question), index, end);
    if (!woken && woken.error().code != base::Code::kTimeout) {
      co_return answer_refusal(refusal_of(woken.error()));
    }
  }
}

constexpr Reading kServices{nullptr, services};

}  // namespace

void add_agent_routes(http::Router& router, const http::FaceStyle& style, const Face& face) {
  add_reading(router, style, face, "/v1/agent/services", kServices);
  add_route(
      router, style, face,
      http::raw_route("GET", "/v1/agent/service/{id}", {.tag = "consul", .is_hidden = true},
                      [f = &face](http::Context& context) { return one_service(f, &context); }));
  add_writing(router, style, face, "PUT", "/v1/agent/service/register", register_service);
  add_old_writing(router, style, face, "/v1/agent/service/deregister/{id...}", deregister_service);
  add_writing(router, style, face, "PUT", "/v1/agent/service/maintenance/{id...}",
              service_maintenance);
  add_writing(router, style, face, "PUT", "/v1/agent/maintenance", node_maintenance);
  add_agent_check_routes(router, style, face);
  add_agent_health_routes(router, style, face);
}

}  // namespace weft::api::consul
