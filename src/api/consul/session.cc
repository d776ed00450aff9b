#include "api/consul/session.h"

#include "api/consul/body.h"
#include "api/consul/definition.h"
#include "api/consul/reading.h"
#include "api/consul/style.h"
#include "api/consul/writing.h"
#include "base/uuid.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace weft::api::consul {
namespace {

using http::Response;
using model::CheckStatus;
using model::Row;
using model::Session;
using model::SessionBehavior;
using model::Table;
using model::View;
using state::Interest;

constexpr base::Nanos kLockDelayMax = base::Seconds(60);
constexpr base::Nanos kTtlMin = base::Seconds(10);
constexpr base::Nanos kTtlMax = base::Seconds(86'400);
constexpr std::int64_t kSecondsBelow = 1000;  // a bare LockDelay below this means seconds

json::object encode_session(const Row<Session>& row) {
  const Session& session = row.object;
  json::array service_checks;
  for (const std::string& id : session.service_checks) {
    service_checks.push_back(json::object{{"ID", id}, {"Namespace", ""}});
  }
  return {{"ID", session.id},
          {"Name", session.name},
          {"Node", session.node},
          {"LockDelay", session.lock_delay.count()},
          {"Behavior", session.behavior == SessionBehavior::kDelete ? "delete" : "release"},
          {"TTL", session.ttl == base::Nanos(0) ? "" : base::format_duration(session.ttl)},
          // What NodeChecks were called before Consul 1.7; old clients look for it.
          {"Checks", json::array(session.node_checks.begin(), session.node_checks.end())},
          {"NodeChecks", json::array(session.node_checks.begin(), session.node_checks.end())},
          {"ServiceChecks", std::move(service_checks)},
          {"CreateIndex", row.created_index},
          {"ModifyIndex", row.modified_index}};
}

Judged<void> read_lock_delay(Body& body, Session& out) {
  const json::value* given = body.find("LockDelay");
  if (given != nullptr && given->is_int64() && given->get_int64() >= 0 &&
      given->get_int64() < kSecondsBelow) {
    out.lock_delay = base::Seconds(given->get_int64());
  } else {
    body.duration("LockDelay", out.lock_delay);
    WEFT_TRY_VOID(body.judge());
  }
  out.lock_delay = std::min(out.lock_delay, kLockDelayMax);
  return {};
}

Judged<void> read_ttl(Body& body, Session& out) {
  std::string text;
  body.text("TTL", text);
  WEFT_TRY_VOID(body.judge());
  if (text.empty()) {
    return {};
  }
  const auto ttl = parse_go_duration(text);
  if (!ttl) {
    return refuse(
        400, fmt::format("Session TTL '{}' invalid: {}", text.substr(0, 64), ttl.error().text));
  }
  if (*ttl != base::Nanos(0) && (*ttl < kTtlMin || *ttl > kTtlMax)) {
    return refuse(
        400, fmt::format("Invalid Session TTL '{}', must be between [10s=24h0m0s]", ttl->count()));
  }
  out.ttl = *ttl;
  return {};
}

Judged<void> read_session_checks(Body& body, Session& out) {
  out.node_checks = {model::kAliveCheck};
  body.texts("Checks", out.node_checks);
  body.texts("NodeChecks", out.node_checks);
  WEFT_TRY_VOID(body.judge());
  const json::value* list = body.find("ServiceChecks");
  if (list == nullptr) {
    return {};
  }
  if (!list->is_array()) {
    return refuse(400, "Request decode error: 'ServiceChecks' expected a list");
  }
  for (const json::value& item : list->get_array()) {
    if (const auto* id = item.if_string()) {
      out.service_checks.emplace_back(*id);
      continue;
    }
    Body one(item, "ServiceChecks");
    std::string id;
    one.text("ID", id);
    WEFT_TRY_VOID(one.judge());
    out.service_checks.push_back(std::move(id));
  }
  return {};
}

Judged<Session> parse_session(const json::value& value, const Face& face) {
  Body body(value);
  WEFT_TRY_VOID(body.judge());
  Session out;
  out.node = face.own_node();
  body.text("Node", out.node);
  body.text("Name", out.name);
  std::string behavior = "release";
  body.text("Behavior", behavior);
  WEFT_TRY_VOID(body.judge());
  if (behavior != "release" && behavior != "delete" && !behavior.empty()) {
    return refuse(400, fmt::format("Invalid Behavior setting '{}'", behavior.substr(0, 64)));
  }
  out.behavior = behavior == "delete" ? SessionBehavior::kDelete : SessionBehavior::kRelease;
  WEFT_TRY_VOID(read_lock_delay(body, out));
  WEFT_TRY_VOID(read_ttl(body, out));
  WEFT_TRY_VOID(read_session_checks(body, out));
  return out;
}

bool is_critical(const model::CheckState* state, const model::CheckSpec& spec) {
  return (state != nullptr ? state->status : spec.initial) == CheckStatus::kCritical;
}

Judged<void> judge_check(const std::string& id, const model::CheckSpec* spec,
                         const model::CheckState* state) {
  if (spec == nullptr) {
    return refuse(500, fmt::format("Missing check '{}' registration", id));
  }
  if (is_critical(state, *spec)) {
    return refuse(500, fmt::format("Check '{}' is in critical state", id));
  }
  return {};
}

// What the state will say too, here in Consul's words.
Judged<void> judge_needs(const View& view, const Session& session) {
  const auto* node = view.find<model::Node>(session.node);
  if (node == nullptr) {
    return refuse(500, "Missing node registration");
  }
  for (const std::string& id : session.node_checks) {
    const model::CheckSpec* spec = model::find_check(node->object.checks, id);
    if (spec == nullptr && id == model::kAliveCheck) {
      continue;
    }
    WEFT_TRY_VOID(
        judge_check(id, spec, spec != nullptr ? view.check_state(node->object, *spec) : nullptr));
  }
  for (const std::string& id : session.service_checks) {
    const model::CheckSpec* spec = nullptr;
    const model::CheckState* state = nullptr;
    for (const auto& row : view.instances_on(session.node)) {
      spec = model::find_check(row->object, id);
      if (spec != nullptr) {
        state = view.check_state(row->object, *spec);
        break;
      }
    }
    WEFT_TRY_VOID(judge_check(id, spec, state));
  }
  return {};
}

io::Task<Judged<Response>> create(Request* request) {
  WEFT_CO_TRY(const json::value body, request->body());
  WEFT_CO_TRY(Session session, parse_session(body, request->face));
  WEFT_CO_TRY_VOID(request->require(AclResource::kSession, session.node, AclAccess::kWrite));
  WEFT_CO_TRY_VOID(judge_needs(request->view(), session));
  session.id = base::make_uuid(request->context.loop.random());
  WEFT_CO_TRY_VOID(check_rules(session));
  const json::value answer{{"ID", session.id}};
  std::vector<model::Step> steps;
  steps.emplace_back(model::Put{std::move(session), model::Condition::absent()});
  const auto applied = co_await apply(request, std::move(steps));
  if (!applied) {
    co_return std::unexpected(refusal_of(applied.error()));
  }
  co_return say(*request, answer);
}

Judged<void> check_id(const std::string& id) {
  return base::is_uuid(id) ? Judged<void>()
                           : refuse(400, fmt::format("Invalid session ID \"{}\": must be a UUID",
                                                     std::string_view(id).substr(0, 64)));
}

io::Task<Judged<Response>> destroy(Request* request) {
  const std::string id = request->path("id");
  WEFT_CO_TRY_VOID(check_id(id));
  std::vector<model::Step> steps;
  steps.emplace_back(model::Delete{Table::kSessions, id, {}});
  const auto applied = co_await apply(request, std::move(steps));
  if (!applied) {
    co_return std::unexpected(refusal_of(applied.error()));
  }
  co_return say(*request, true);
}

io::Task<Judged<Response>> renew(Request* request) {
  const std::string id = request->path("id");
  const auto* row = request->view().find<Session>(id);
  if (row == nullptr) {
    co_return refuse(404, fmt::format("Session id '{}' not found", id));
  }
  request->face.parts.sessions.renew(id);
  co_return say(*request, json::array{encode_session(*row)});
}

Interest of_sessions(const Question& /*question*/) { return Interest::of_table(Table::kSessions); }

Judged<Reply> info(const Question& question, const View& view) {
  json::array out;
  const auto* row = view.find<Session>(question.path("id"));
  if (row != nullptr && question.sight->sees(AclResource::kSession, row->object.node)) {
    out.push_back(encode_session(*row));
  }
  return Reply{.value = std::move(out)};
}

Judged<Reply> list_sessions(const Question& question, const View& view) {
  const std::string& node = question.path("node");
  json::array out;
  for (const auto& row : view.all<Session>()) {
    if ((node.empty() || row->object.node == node) &&
        question.sight->sees(AclResource::kSession, row->object.node)) {
      out.push_back(encode_session(*row));
    }
  }
  return Reply{.value = std::move(out)};
}

constexpr Reading kInfo{of_sessions, info};
constexpr Reading kList{of_sessions, list_sessions};

}  // namespace

void add_session_routes(http::Router& router, const http::FaceStyle& style, const Face& face) {
  add_writing(router, style, face, "PUT", "/v1/session/create", create);
  add_writing(router, style, face, "PUT", "/v1/session/destroy/{id}", destroy);
  add_writing(router, style, face, "PUT", "/v1/session/renew/{id}", renew);
  add_reading(router, style, face, "/v1/session/info/{id}", kInfo);
  add_reading(router, style, face, "/v1/session/list", kList);
  add_reading(router, style, face, "/v1/session/node/{node}", kList);
}

}  // namespace weft::api::consul
