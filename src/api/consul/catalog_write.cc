#include "api/consul/body.h"
#include "api/consul/catalog.h"
#include "api/consul/definition.h"
#include "api/consul/keys.h"
#include "api/consul/style.h"
#include "api/consul/wan.h"
#include "api/consul/writing.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace weft::api::consul {
namespace {

using http::Response;
using model::CheckState;
using model::Instance;
using model::Node;
using model::Table;

// What one registration comes to. Source: contract/consul.md §3.
struct CatalogEntry {
  std::string datacenter;
  Node node;
  bool keeps_node = false;  // SkipNodeUpdate
  std::optional<Instance> service;
  std::vector<CheckDefinition> checks;
};

Judged<std::vector<CheckDefinition>> read_told_checks(const Body& body, const Face& face) {
  std::vector<CheckDefinition> checks;
  if (const json::value* one = body.find("Check")) {
    WEFT_TRY(CheckDefinition check, parse_check(*one, CheckUse::kCatalog, face));
    checks.push_back(std::move(check));
  }
  if (const json::value* list = body.find("Checks")) {
    if (!list->is_array()) {
      return refuse(400, "Request decode error: 'Checks' expected a list");
    }
    for (const json::value& item : list->get_array()) {
      WEFT_TRY(CheckDefinition check, parse_check(item, CheckUse::kCatalog, face));
      checks.push_back(std::move(check));
    }
  }
  return checks;
}

// chosen: a node that says so has its definitions run, as consul-esm does.
bool is_probed_from_outside(const Node& node) {
  return model::text_of(node.metadata, "external-probe") == "true";
}

// The check that a stored definition describes; what it leaves open stays as told.
Judged<void> take_definition(CheckDefinition& check, const Face& face) {
  const json::object& definition = model::details_of(check.spec).definition;
  if (definition.empty()) {
    return {};
  }
  json::object body = definition;
  body.insert_or_assign("CheckID", check.spec.id);
  WEFT_TRY(CheckDefinition probed, parse_check(body, CheckUse::kCatalog, face));
  if (probed.spec.kind != model::CheckKind::kHttp && probed.spec.kind != model::CheckKind::kTcp) {
    return {};
  }
  const json::object kept = definition;
  probed.spec.initial = check.spec.initial;
  if (!probed.spec.details) {
    probed.spec.details.emplace();
  }
  probed.spec.details->definition = kept;
  probed.spec.details->name = model::details_of(check.spec).name;
  check.spec = std::move(probed.spec);
  return {};
}

Judged<CatalogEntry> parse_entry(const json::value& value, const Face& face) {
  Body body(value);
  CatalogEntry out;
  WEFT_TRY(out.node, parse_catalog_node(body));
  body.flag("SkipNodeUpdate", out.keeps_node);
  body.text("Datacenter", out.datacenter);
  WEFT_TRY_VOID(body.judge());
  if (const json::value* service = body.find("Service")) {
    WEFT_TRY(out.service, parse_catalog_service(*service));
  }
  WEFT_TRY(out.checks, read_told_checks(body, face));
  for (CheckDefinition& check : out.checks) {
    if (check.spec.id.empty()) {
      check.spec.id = model::details_of(check.spec).name;
    }
    if (check.spec.id.empty()) {
      return refuse(400, "Must provide CheckID or Name of a check");
    }
    if (is_probed_from_outside(out.node)) {
      WEFT_TRY_VOID(take_definition(check, face));
    }
  }
  return out;
}

void put_spec(std::vector<model::CheckSpec>& checks, const model::CheckSpec& spec) {
  const auto known = std::ranges::find(checks, spec.id, &model::CheckSpec::id);
  if (known != checks.end()) {
    *known = spec;
  } else {
    checks.push_back(spec);
  }
}

model::Step put_node(const CatalogEntry& entry) {
  std::vector<model::CheckSpec> checks;
  for (const CheckDefinition& check : entry.checks) {
    if (check.instance.empty()) {
      checks.push_back(check.spec);
    }
  }
  return model::Edit<Node>{.key = entry.node.name,
                           .change = [node = entry.node, keeps = entry.keeps_node,
                                      checks](Node& known) -> base::Result<void> {
                             if (known.name.empty() || (!keeps && !known.is_weft)) {
                               std::vector<model::CheckSpec> before = std::move(known.checks);
                               known = node;
                               known.checks = std::move(before);
                             }
                             for (const model::CheckSpec& check : checks) {
                               put_spec(known.checks, check);
                             }
                             return {};
                           },
                           .if_absent = model::Edit<Node>::IfAbsent::kCreate};
}

// The steps of a registration, and the instances its checks are of.
class Steps final {
 public:
  Steps(const Request& request, const CatalogEntry& entry) : request_(request), entry_(entry) {}

  Judged<std::vector<model::Step>> make() {
    steps_.push_back(put_node(entry_));
    if (entry_.service) {
      WEFT_TRY_VOID(put_service(*entry_.service));
    }
    for (const CheckDefinition& check : entry_.checks) {
      WEFT_TRY_VOID(put_check(check));
    }
    return std::move(steps_);
  }

 private:
  Judged<void> put_service(Instance instance) {
    const std::string own_id = instance.id;
    instance.node = entry_.node.name;
    instance.id = mesh_id(request_.face, request_.view(), instance.node, own_id);
    if (instance.id != own_id) {
      if (!instance.details) {
        instance.details.emplace();
      }
      instance.details->local_id = own_id;
    }
    WEFT_TRY_VOID(check_rules(instance));
    steps_.emplace_back(
        model::Edit<Instance>{.key = instance.id,
                              .change = [instance](Instance& known) -> base::Result<void> {
                                std::vector<model::CheckSpec> before = std::move(known.checks);
                                known = instance;
                                known.checks = std::move(before);
                                return {};
                              },
                              .if_absent = model::Edit<Instance>::IfAbsent::kCreate});
    registered_ = instance;
    return {};
  }

  // The instance a check is of: the one registered with it, else one of the node.
  Judged<Instance> instance_of(const std::string& own_id) const {
    if (registered_ && model::owner_id_of(*registered_) == own_id) {
      return *registered_;
    }
    const auto* row = find_on_node(request_.face, request_.view(), entry_.node.name, own_id);
    if (row == nullptr) {
      return refuse(400, fmt::format("Unknown service ID '{}' for check ID", own_id));
    }
    return row->object;
  }

  Judged<void> put_check(const CheckDefinition& check) {
    CheckState state;
    state.check = check.spec.id;
    state.status = check.status.value_or(model::CheckStatus::kCritical);
    state.output = check.output.substr(0, CheckState::kOutputBytesMax);
    state.since = request_.context.loop.wall_now();
    if (check.instance.empty()) {
      state.node = entry_.node.name;
    } else {
      WEFT_TRY(const Instance instance, instance_of(check.instance));
      state.service = instance.service;
      state.instance = instance.id;
      steps_.emplace_back(model::Edit<Instance>{
          .key = instance.id, .change = [spec = check.spec](Instance& known) -> base::Result<void> {
            put_spec(known.checks, spec);
            return {};
          }});
    }
    steps_.emplace_back(tell(std::move(state)));
    return {};
  }

  // The status as told; one that is the same keeps its time, so that nothing changes.
  model::Step tell(CheckState state) const {
    const auto* known = request_.view().find<CheckState>(key_of(state));
    if (known != nullptr && known->object.status == state.status) {
      state.since = known->object.since;
    }
    return model::Put{std::move(state), {}};
  }

  const Request& request_;
  const CatalogEntry& entry_;
  std::vector<model::Step> steps_;
  std::optional<Instance> registered_;
};

Judged<void> require_service(Request& request, std::string_view service) {
  return request.require(AclResource::kService, service, AclAccess::kWrite);
}

// The instance a node has by this name, as far as anybody said.
const model::Row<Instance>* known_instance(const Request& request, const std::string& node,
                                           const std::string& id) {
  return find_on_node(request.face, request.view(), node, id);
}

bool changes_node(const Request& request, const CatalogEntry& entry) {
  const auto* row = request.view().find<Node>(entry.node.name);
  if (row == nullptr) {
    return true;
  }
  Node next = entry.node;
  next.checks = row->object.checks;
  return !entry.keeps_node && !row->object.is_weft && !(next == row->object);
}

// Source: Consul, vetRegisterWithACL.
Judged<void> require_entry(Request& request, const CatalogEntry& entry) {
  const std::string& node = entry.node.name;
  if (changes_node(request, entry)) {
    WEFT_TRY_VOID(request.require(AclResource::kNode, node, AclAccess::kWrite));
  }
  if (entry.service) {
    WEFT_TRY_VOID(require_service(request, entry.service->service));
    if (const auto* known = known_instance(request, node, entry.service->id)) {
      WEFT_TRY_VOID(require_service(request, known->object.service));
    }
  }
  for (const CheckDefinition& check : entry.checks) {
    const auto* known = known_instance(request, node, check.instance);
    if (check.instance.empty()) {
      WEFT_TRY_VOID(request.require(AclResource::kNode, node, AclAccess::kWrite));
    } else if (known != nullptr) {
      WEFT_TRY_VOID(require_service(request, known->object.service));
    }
  }
  return request.is_judged ? Judged<void>()  // else there is nothing new about the node
                           : request.require(AclResource::kNode, node, AclAccess::kWrite);
}

// A node may be written, or else the service that something is taken from.
// Source: Consul, vetDeregisterWithACL.
Judged<void> require_removal(Request& request, const std::string& node, const std::string& service,
                             const std::string& check) {
  const Judged<void> of_node = request.require(AclResource::kNode, node, AclAccess::kWrite);
  if (of_node || (service.empty() && check.empty())) {
    return of_node;
  }
  const model::Row<Instance>* owner = nullptr;
  if (!service.empty()) {
    owner = known_instance(request, node, service);
  } else {
    for (const auto& instance : request.view().instances_on(node)) {
      if (model::find_check(instance->object, check) != nullptr) {
        owner = request.view().find<Instance>(instance->object.id);
        break;
      }
    }
  }
  return owner == nullptr ? of_node : require_service(request, owner->object.service);
}

io::Task<Judged<Response>> register_entry(Request* request) {
  WEFT_CO_TRY(const json::value body, request->body());
  WEFT_CO_TRY(const CatalogEntry entry, parse_entry(body, request->face));
  WEFT_CO_TRY_VOID(require_entry(*request, entry));
  if (!is_own_datacenter(request->face, entry.datacenter)) {
    co_return co_await forward(&request->face, &request->context, entry.datacenter);
  }
  WEFT_CO_TRY_VOID(check_rules(entry.node));
  WEFT_CO_TRY(std::vector<model::Step> steps, Steps(*request, entry).make());
  const auto applied = co_await apply(request, std::move(steps));
  if (!applied) {
    co_return std::unexpected(refusal_of(applied.error()));
  }
  co_return say(*request, true);
}

// What a deregistration names, as a step; none when there is nothing of that name.
std::optional<model::Step> step_to_remove(const Request& request, const std::string& node,
                                          const std::string& service, const std::string& check) {
  const model::View& view = request.view();
  const auto* row = view.find<Node>(node);
  if (!service.empty()) {
    const auto* instance = find_on_node(request.face, view, node, service);
    return instance == nullptr ? std::nullopt
                               : std::optional<model::Step>(
                                     model::Delete{Table::kInstances, instance->object.id, {}});
  }
  if (row == nullptr) {
    return std::nullopt;
  }
  if (check.empty()) {
    return model::Delete{Table::kNodes, node, {}};
  }
  const auto drop = [check](auto& owner) -> base::Result<void> {
    std::erase_if(owner.checks, [&](const model::CheckSpec& spec) { return spec.id == check; });
    return {};
  };
  if (model::find_check(row->object.checks, check) != nullptr) {
    return model::Edit<Node>{.key = node, .change = drop};
  }
  for (const auto& instance : view.instances_on(node)) {
    if (model::find_check(instance->object, check) != nullptr) {
      return model::Edit<Instance>{.key = instance->object.id, .change = drop};
    }
  }
  return std::nullopt;
}

io::Task<Judged<Response>> deregister_entry(Request* request) {
  WEFT_CO_TRY(const json::value value, request->body());
  Body body(value);
  std::string node;
  std::string service;
  std::string check;
  std::string datacenter;
  body.text("Datacenter", datacenter);
  body.text("Node", node);
  body.text("ServiceID", service);
  body.text("CheckID", check);
  WEFT_CO_TRY_VOID(body.judge());
  if (node.empty()) {
    co_return refuse(400, "Must provide node");
  }
  WEFT_CO_TRY_VOID(require_removal(*request, node, service, check));
  if (!is_own_datacenter(request->face, datacenter)) {
    co_return co_await forward(&request->face, &request->context, std::move(datacenter));
  }
  if (node == request->face.own_node() && service.empty() && check.empty()) {
    co_return refuse(400, "weft: a node of the mesh that runs cannot be deregistered");
  }
  auto step = step_to_remove(*request, node, service, check);
  if (step) {
    std::vector<model::Step> steps;
    steps.push_back(*std::move(step));
    const auto applied = co_await apply(request, std::move(steps));
    if (!applied && applied.error().code != base::Code::kNotFound) {
      co_return std::unexpected(refusal_of(applied.error()));
    }
  }
  co_return say(*request, true);
}

}  // namespace

void add_catalog_writes(http::Router& router, const http::FaceStyle& style, const Face& face) {
  add_writing(router, style, face, "PUT", "/v1/catalog/register", register_entry);
  add_writing(router, style, face, "PUT", "/v1/catalog/deregister", deregister_entry);
}

}  // namespace weft::api::consul
