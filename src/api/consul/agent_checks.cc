#include "api/consul/agent.h"
#include "api/consul/body.h"
#include "api/consul/definition.h"
#include "api/consul/entries.h"
#include "api/consul/entry_members.h"
#include "api/consul/keys.h"
#include "api/consul/reading.h"
#include "api/consul/style.h"
#include "api/consul/writing.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace weft::api::consul {
namespace {

using http::Response;
using model::CheckStatus;
using model::Instance;
using model::Node;
using model::Table;
using model::View;

std::string unknown_check(std::string_view id) {
  return fmt::format(
      "Unknown check ID \"{}\". Ensure that the check ID is passed, not the check name.", id);
}

// The last result in words, which the registry has only of the last change.
void add_soft_state(const Question& question, std::vector<CheckEntry>& checks) {
  for (CheckEntry& check : checks) {
    const std::string_view instance =
        check.instance != nullptr ? std::string_view(check.instance->id) : std::string_view();
    const std::string_view node = check.instance == nullptr ? check.node : std::string_view();
    const auto soft = question.face.parts.health.soft_state({node, instance, check.id});
    if (soft && soft->last_time) {
      check.output = soft->output;
    }
  }
}

Judged<Reply> checks(const Question& question, const View& view) {
  const Face& face = question.face;
  std::vector<CheckEntry> all;
  if (const auto* node = view.find<Node>(face.own_node())) {
    all = checks_of_node(view, node_entry(face, *node));
    // Of the catalogue, not of the agent.
    std::erase_if(all, [](const CheckEntry& check) { return check.id == model::kAliveCheck; });
  }
  for (const auto& row : view.instances_on(face.own_node())) {
    std::ranges::move(checks_of_instance(view, service_entry(face, view, row)),
                      std::back_inserter(all));
  }
  add_soft_state(question, all);
  WEFT_TRY(all, filtered<kCheckMembers>(question, std::move(all)));
  json::object out;
  for (const CheckEntry& check : all) {
    out.emplace(check.id, encode(check));
  }
  return Reply{.value = std::move(out)};
}

// Adds the check to what has checks, in the place of one with its id.
template <class Owner>
model::Edit<Owner> put_check(const std::string& key, const model::CheckSpec& spec) {
  return {.key = key, .change = [spec](Owner& owner) -> base::Result<void> {
            const auto known = std::ranges::find(owner.checks, spec.id, &model::CheckSpec::id);
            if (known != owner.checks.end()) {
              *known = spec;
            } else {
              owner.checks.push_back(spec);
            }
            return {};
          }};
}

template <class Owner>
model::Edit<Owner> remove_check(const std::string& key, const std::string& id) {
  return {.key = key, .change = [id](Owner& owner) -> base::Result<void> {
            std::erase_if(owner.checks,
                          [&](const model::CheckSpec& check) { return check.id == id; });
            return {};
          }};
}

io::Task<Judged<Response>> apply_step(Request* request, model::Step step) {
  std::vector<model::Step> steps;
  steps.push_back(std::move(step));
  const auto applied = co_await apply(request, std::move(steps));
  if (!applied) {
    co_return std::unexpected(refusal_of(applied.error()));
  }
  co_return done();
}

Judged<void> require_service_of(Request& request, std::string_view service) {
  return request.require(AclResource::kService, service, AclAccess::kWrite);
}

// Who is to have the check, and who has the one of its name now.
Judged<void> require_owner(Request& request, const CheckDefinition& check) {
  if (check.instance.empty()) {
    WEFT_TRY_VOID(request.require(AclResource::kNode, request.face.own_node(), AclAccess::kWrite));
  } else {
    const auto* row = find_for_agent(request.face, request.view(), check.instance);
    WEFT_TRY_VOID(
        require_service_of(request, row != nullptr ? row->object.service : check.instance));
  }
  const FoundCheck known = find_check_for_agent(request.face, request.view(), check.spec.id);
  return known.instance == nullptr ? Judged<void>()
                                   : require_service_of(request, known.instance->object.service);
}

io::Task<Judged<Response>> register_check(Request* request) {
  const Face& face = request->face;
  WEFT_CO_TRY(const json::value body, request->body());
  std::string name;
  Body(body).text("Name", name);
  if (name.empty()) {
    co_return refuse(400, "Missing check name");
  }
  WEFT_CO_TRY(CheckDefinition check, parse_check(body, CheckUse::kAgent, face));
  if (check.spec.id.empty()) {
    check.spec.id = name;
  }
  WEFT_CO_TRY_VOID(require_owner(*request, check));
  model::Step step;
  if (check.instance.empty()) {
    step = put_check<Node>(face.own_node(), check.spec);
  } else {
    const auto* row = find_for_agent(face, request->view(), check.instance);
    if (row == nullptr) {
      co_return refuse(404, fmt::format("Unknown service ID \"{}\". Ensure that the service ID is "
                                        "passed, not the service name.",
                                        check.instance));
    }
    step = put_check<Instance>(row->object.id, check.spec);
  }
  co_return co_await apply_step(request, std::move(step));
}

io::Task<Judged<Response>> deregister_check(Request* request) {
  const std::string id = request->path("id");
  const FoundCheck found = find_check_for_agent(request->face, request->view(), id);
  if (found.spec == nullptr) {
    co_return refuse(404, unknown_check(id));
  }
  model::Step step;
  if (found.instance == nullptr) {
    step = remove_check<Node>(request->face.own_node(), id);
  } else {
    step = remove_check<Instance>(found.instance->object.id, id);
  }
  co_return co_await apply_step(request, std::move(step));
}

// A report is answered when the catalogue shows it, or after this time: who asks next is to see it.
constexpr base::Nanos kShownWithin = base::Seconds(1);

struct Report {
  CheckStatus status = CheckStatus::kPassing;
  std::string output;
};

bool is_shown(const View& view, const std::string& key, const model::CheckSpec& spec,
              CheckStatus status) {
  const auto* row = view.find<model::CheckState>(key);
  return (row != nullptr ? row->object.status : spec.initial) == status;
}

io::Task<void> await_shown(Request* request, std::string key, model::CheckSpec spec,
                           CheckStatus status) {
  state::State& state = request->face.parts.state;
  const base::MonoTime deadline = request->context.loop.now() + kShownWithin;
  while (!is_shown(*state.view(), key, spec, status)) {
    const auto woken = co_await state.feed().wait_for_change(
        state::Interest::of_table(Table::kCheckStatus), state.feed().index(), deadline);
    if (!woken) {
      co_return;
    }
  }
}

// What a client says of a check that it reports itself.
io::Task<Judged<Response>> report(Request* request, Report report) {
  const std::string id = request->path("id");
  const FoundCheck found = find_check_for_agent(request->face, request->view(), id);
  if (found.spec == nullptr) {
    co_return refuse(404, unknown_check(id));
  }
  if (found.spec->kind != model::CheckKind::kTtl) {
    co_return refuse(400, fmt::format("CheckID \"{}\" does not have associated TTL", id));
  }
  const model::CheckSpec spec = *found.spec;
  const std::string owner = found.instance != nullptr ? found.instance->object.id : std::string();
  std::string key = found.instance != nullptr ? model::check_key(owner, id)
                                              : model::node_check_key(request->face.own_node(), id);
  const model::CheckKey about{.node = found.instance == nullptr
                                          ? std::string_view(request->face.own_node())
                                          : std::string_view(),
                              .instance = owner,
                              .check = id};
  const health::TtlReport said{report.status, report.output};
  const auto told = request->face.parts.health.report_ttl(about, said);
  if (!told) {
    co_return refuse(500, base::describe(told.error()));
  }
  co_await await_shown(request, std::move(key), spec, report.status);
  co_return done();
}

template <CheckStatus kStatus>
io::Task<Judged<Response>> report_status(Request* request) {
  Report said{kStatus, std::string(request->asked.text("note"))};
  co_return co_await report(request, std::move(said));
}

io::Task<Judged<Response>> update_check(Request* request) {
  WEFT_CO_TRY(const json::value value, request->body());
  Body body(value);
  std::string status;
  Report said;
  body.text("Status", status);
  body.text("Output", said.output);
  WEFT_CO_TRY_VOID(body.judge());
  WEFT_CO_TRY(said.status, parse_status(status));
  co_return co_await report(request, std::move(said));
}

constexpr Reading kChecks{nullptr, checks};

}  // namespace

void add_agent_check_routes(http::Router& router, const http::FaceStyle& style, const Face& face) {
  add_reading(router, style, face, "/v1/agent/checks", kChecks);
  add_writing(router, style, face, "PUT", "/v1/agent/check/register", register_check);
  add_old_writing(router, style, face, "/v1/agent/check/deregister/{id...}", deregister_check);
  add_old_writing(router, style, face, "/v1/agent/check/pass/{id...}",
                  report_status<CheckStatus::kPassing>);
  add_old_writing(router, style, face, "/v1/agent/check/warn/{id...}",
                  report_status<CheckStatus::kWarning>);
  add_old_writing(router, style, face, "/v1/agent/check/fail/{id...}",
                  report_status<CheckStatus::kCritical>);
  add_writing(router, style, face, "PUT", "/v1/agent/check/update/{id...}", update_check);
}

}  // namespace weft::api::consul
