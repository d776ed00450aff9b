#include "api/consul/acl_gate.h"

#include "api/consul/keys.h"
#include "api/consul/refusal.h"
#include "api/consul/sight.h"
#include "http/query.h"
#include "model/session.h"

#include <array>
#include <string>

namespace weft::api::consul {
namespace {

using enum AclWay;
using Of = AclResource;
using From = AclNameFrom;
constexpr AclAccess kMayRead = AclAccess::kRead;
constexpr AclAccess kMayWrite = AclAccess::kWrite;

// Source: Consul, "API: ACLs" of each endpoint. Where it filters and we ask for every name instead
// (members, coordinates, the summary for a page), that is chosen: nothing is left out half.
constexpr std::array kNeeds{
    AclNeed{"", "/v1/status/leader", kOpen},
    AclNeed{"", "/v1/status/peers", kOpen},
    AclNeed{"", "/v1/catalog/datacenters", kOpen},
    AclNeed{"", "/v1/coordinate/datacenters", kRule, Of::kNode, kMayRead, From::kAll},
    AclNeed{"", "/v1/coordinate/nodes", kRule, Of::kNode, kMayRead, From::kAll},
    AclNeed{"", "/v1/internal/ui/services", kRule, Of::kService, kMayRead, From::kAll},
    AclNeed{"", "/v1/acl/{rest...}", kRule, Of::kAcl, kMayRead},
    AclNeed{"", "/v1/query", kOpen},
    AclNeed{"", "/v1/query/{rest...}", kOpen},

    AclNeed{"", "/v1/agent/self", kRule, Of::kAgent, kMayRead, From::kOwnNode},
    AclNeed{"", "/v1/agent/version", kRule, Of::kAgent, kMayRead, From::kOwnNode},
    AclNeed{"", "/v1/agent/metrics", kRule, Of::kAgent, kMayRead, From::kOwnNode},
    AclNeed{"", "/v1/agent/host", kRule, Of::kOperator, kMayRead},
    AclNeed{"", "/v1/agent/members", kRule, Of::kNode, kMayRead, From::kAll},
    AclNeed{"", "/v1/agent/reload", kRule, Of::kAgent, kMayWrite, From::kOwnNode},
    AclNeed{"", "/v1/agent/leave", kRule, Of::kAgent, kMayWrite, From::kOwnNode},
    AclNeed{"", "/v1/agent/join/{address}", kRule, Of::kAgent, kMayWrite, From::kOwnNode},
    AclNeed{"", "/v1/agent/force-leave/{node}", kRule, Of::kOperator, kMayWrite},
    AclNeed{"", "/v1/agent/maintenance", kRule, Of::kNode, kMayWrite, From::kOwnNode},

    AclNeed{"", "/v1/agent/services", kSight},
    AclNeed{"", "/v1/agent/service/{id}", kRule, Of::kService, kMayRead, From::kService},
    AclNeed{"", "/v1/agent/service/register", kHandler},
    AclNeed{"", "/v1/agent/service/deregister/{id...}", kRule, Of::kService, kMayWrite,
            From::kService},
    AclNeed{"", "/v1/agent/service/maintenance/{id...}", kRule, Of::kService, kMayWrite,
            From::kService},
    AclNeed{"", "/v1/agent/checks", kSight},
    AclNeed{"", "/v1/agent/check/register", kHandler},
    AclNeed{"", "/v1/agent/check/deregister/{id...}", kRule, Of::kNode, kMayWrite, From::kCheck},
    AclNeed{"", "/v1/agent/check/pass/{id...}", kRule, Of::kNode, kMayWrite, From::kCheck},
    AclNeed{"", "/v1/agent/check/warn/{id...}", kRule, Of::kNode, kMayWrite, From::kCheck},
    AclNeed{"", "/v1/agent/check/fail/{id...}", kRule, Of::kNode, kMayWrite, From::kCheck},
    AclNeed{"", "/v1/agent/check/update/{id...}", kRule, Of::kNode, kMayWrite, From::kCheck},
    AclNeed{"", "/v1/agent/health/service/name/{name}", kRule, Of::kService, kMayRead, From::kPath},
    AclNeed{"", "/v1/agent/health/service/id/{id...}", kRule, Of::kService, kMayRead,
            From::kService},

    AclNeed{"", "/v1/catalog/nodes", kSight},
    AclNeed{"", "/v1/catalog/services", kSight},
    AclNeed{"", "/v1/catalog/service/{service}", kSight},
    AclNeed{"", "/v1/catalog/connect/{service}", kSight},
    AclNeed{"", "/v1/catalog/node/{node}", kSight},
    AclNeed{"", "/v1/catalog/node-services/{node}", kSight},
    AclNeed{"", "/v1/catalog/register", kHandler},
    AclNeed{"", "/v1/catalog/deregister", kHandler},

    AclNeed{"", "/v1/health/service/{service}", kSight},
    AclNeed{"", "/v1/health/checks/{service}", kSight},
    AclNeed{"", "/v1/health/node/{node}", kSight},
    AclNeed{"", "/v1/health/state/{state}", kSight},
    AclNeed{"", "/v1/health/connect/{service}", kSight},
    AclNeed{"", "/v1/health/ingress/{service}", kSight},

    AclNeed{"GET", "/v1/kv/{key...}", kRule, Of::kKey, kMayRead, From::kKey},
    AclNeed{"PUT", "/v1/kv/{key...}", kRule, Of::kKey, kMayWrite, From::kPath},
    AclNeed{"DELETE", "/v1/kv/{key...}", kRule, Of::kKey, kMayWrite, From::kKey},
    AclNeed{"", "/v1/txn", kHandler},

    AclNeed{"", "/v1/session/create", kHandler},
    AclNeed{"", "/v1/session/destroy/{id}", kRule, Of::kSession, kMayWrite, From::kSession},
    AclNeed{"", "/v1/session/renew/{id}", kRule, Of::kSession, kMayWrite, From::kSession},
    AclNeed{"", "/v1/session/info/{id}", kSight},
    AclNeed{"", "/v1/session/list", kSight},
    AclNeed{"", "/v1/session/node/{node}", kSight},

    AclNeed{"", "/v1/event/fire/{name}", kRule, Of::kEvent, kMayWrite, From::kPath},
    AclNeed{"", "/v1/event/list", kSight},

    AclNeed{"", "/v1/operator/raft/configuration", kRule, Of::kOperator, kMayRead},
    AclNeed{"", "/v1/operator/autopilot/health", kRule, Of::kOperator, kMayRead},
    AclNeed{"", "/v1/snapshot", kRule, Of::kAcl, kMayWrite},
};

// A question in the terms of rules. `below`: about every name that begins so.
struct Wanted {
  AclResource resource;
  std::string name;
  bool below = false;
};

const std::string& parameter_of(const http::Context& context) {
  static const std::string kNone;
  return context.parameters.empty() ? kNone : context.parameters.begin()->second;
}

std::string service_of_instance(const Face& face, const std::string& id) {
  const auto view = face.parts.state.view();
  const auto* row = find_for_agent(face, *view, id);
  return row != nullptr ? row->object.service : id;
}

Wanted owner_of_check(const Face& face, const std::string& id) {
  const auto view = face.parts.state.view();
  const FoundCheck found = find_check_for_agent(face, *view, id);
  return found.instance != nullptr ? Wanted{AclResource::kService, found.instance->object.service}
                                   : Wanted{AclResource::kNode, face.own_node()};
}

std::string node_of_session(const Face& face, const std::string& id) {
  const auto view = face.parts.state.view();
  const auto* row = view->find<model::Session>(id);
  return row != nullptr ? row->object.node : face.own_node();
}

// A query that cannot be read asks for less than it may: its handler refuses it.
bool asks_for(const http::Context& context, std::string_view name) {
  const auto query = http::Query::parse(context.request.query);
  return query && query->has(name);
}

Wanted wanted_of(const Face& face, const http::Context& context, const AclNeed& need) {
  const std::string& parameter = parameter_of(context);
  switch (need.from) {
    case AclNameFrom::kNothing:
      return {need.resource, {}};
    case AclNameFrom::kPath:
      return {need.resource, parameter};
    case AclNameFrom::kOwnNode:
      return {need.resource, face.own_node()};
    case AclNameFrom::kAll:
      return {need.resource, {}, true};
    case AclNameFrom::kService:
      return {need.resource, service_of_instance(face, parameter)};
    case AclNameFrom::kCheck:
      return owner_of_check(face, parameter);
    case AclNameFrom::kSession:
      return {need.resource, node_of_session(face, parameter)};
    case AclNameFrom::kKey:
      return {need.resource, parameter, asks_for(context, "recurse")};
  }
  return {need.resource, {}};
}

// A list of keys leaves out what may not be seen.
bool is_list_of_keys(const http::Context& context, const AclNeed& need) {
  return need.from == AclNameFrom::kKey && need.access == kMayRead &&
         (asks_for(context, "recurse") || asks_for(context, "keys"));
}

bool is_allowed(const Face& face, const http::Context& context, const AclNeed& need,
                const AclPolicy& policy) {
  if (need.way != AclWay::kRule || is_list_of_keys(context, need)) {
    return true;
  }
  const Wanted wanted = wanted_of(face, context, need);
  return wanted.below ? policy.allows_below(wanted.resource, wanted.name, need.access)
                      : policy.allows(wanted.resource, wanted.name, need.access);
}

}  // namespace

const AclNeed* acl_need_of(const http::Route& route) {
  for (const AclNeed& need : kNeeds) {
    if (need.path == route.path &&
        (need.method.empty() || need.method == wire::method_name(route.method))) {
      return &need;
    }
  }
  return nullptr;
}

std::optional<http::Response> AclGate::operator()(http::Context& context) const {
  if (context.route == nullptr || !context.route->path.starts_with("/v1/")) {
    return std::nullopt;
  }
  const AclToken* token = face_.options.acl->find(acl_secret_of(context.request));
  if (token == nullptr) {
    return answer_refusal({403, "ACL not found"});
  }
  context.actor.name = token->name;
  const AclNeed* need = acl_need_of(*context.route);
  if (need == nullptr || !is_allowed(face_, context, *need, token->policy)) {
    return answer_refusal(permission_denied());
  }
  return std::nullopt;
}

}  // namespace weft::api::consul
