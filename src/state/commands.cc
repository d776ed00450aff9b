#include "state/commands.h"

#include "state/command_writer.h"
#include "state/inheritance.h"

#include <algorithm>
#include <utility>

namespace weft::state {

using base::Code;
using base::Result;
using model::Change;
using model::CheckState;
using model::ClusterSettings;
using model::Condition;
using model::Instance;
using model::Route;
using model::Service;

Result<void> check_condition(const Condition& only_if, bool is_there, std::uint64_t index) {
  switch (only_if.kind) {
    case Condition::Kind::kAlways:
      return {};
    case Condition::Kind::kAbsent:
      return is_there ? Result<void>(refuse_command(Code::kConflict, "the key exists already"))
                      : Result<void>();
    case Condition::Kind::kPresent:
      return is_there ? Result<void>()
                      : Result<void>(refuse_command(Code::kNotFound, "no such key"));
    case Condition::Kind::kIndexIs:
      return is_there && index == only_if.index
                 ? Result<void>()
                 : Result<void>(refuse_command(Code::kConflict, "the index has moved on"));
  }
  return refuse_command(Code::kInvalid, "unknown condition");
}

namespace {

void undo(Draft& draft, const std::vector<Change>& changes, std::uint64_t index_before) {
  for (auto change = changes.rbegin(); change != changes.rend(); ++change) {
    draft.set(change->after, change->before);
  }
  draft.set_index(index_before);
}

}  // namespace

Result<std::vector<Change>> CommandWriter::run() {
  const std::uint64_t index_before = draft_.index();
  for (const model::Step& step : command_.steps) {
    const Result<void> done = std::visit([this](const auto& each) { return take(each); }, step);
    if (!done) {
      undo(draft_, changes_, index_before);
      return base::fail(done.error());
    }
  }
  return std::move(changes_);
}

Result<void> CommandWriter::take(const model::Put& put) {
  if (!model::validate(put.object).empty()) {
    return refuse_command(Code::kInvalid, "the object breaks a rule of its type");
  }
  return std::visit([&](const auto& object) { return put_object(object, put.only_if); },
                    put.object);
}

Result<void> CommandWriter::put_object(const ClusterSettings& settings, const Condition& only_if) {
  return put_whole(with_inherited(draft_, context_.cluster_defaults, settings), only_if);
}

// Where it was catalogued stands unless somebody says otherwise.
Result<void> CommandWriter::put_object(const Instance& instance, const Condition& only_if) {
  const RowPtr<Instance> before = draft_.find<Instance>(instance.id);
  if (before == nullptr || !instance.node.empty() || before->object.node.empty()) {
    return put_rotated(instance, only_if);
  }
  Instance kept = instance;
  kept.node = before->object.node;
  return put_rotated(kept, only_if);
}

Result<void> CommandWriter::put_object(const model::Node& node, const Condition& only_if) {
  return put_rotated(node, only_if);
}

Result<void> CommandWriter::take(const model::Delete& gone) {
  switch (gone.table) {
    case model::Table::kServices:
      return delete_object<Service>(gone);
    case model::Table::kInstances:
      return delete_object<Instance>(gone);
    case model::Table::kCheckStatus:
      return delete_object<CheckState>(gone);
    case model::Table::kClusters:
      return delete_object<ClusterSettings>(gone);
    case model::Table::kRoutes:
      return delete_object<Route>(gone);
    case model::Table::kSettings:
      return delete_object<model::Setting>(gone);
    case model::Table::kNodes:
      return delete_object<model::Node>(gone);
    case model::Table::kKv:
      return delete_object<model::KvEntry>(gone);
    case model::Table::kSessions:
      return delete_object<model::Session>(gone);
    case model::Table::kLockDelays:
      return delete_object<model::LockDelay>(gone);
    case model::Table::kEvents:
      return delete_object<model::UserEvent>(gone);
  }
  return refuse_command(Code::kInvalid, "unknown table");
}

Result<void> CommandWriter::take(const model::SetRotation& wanted) {
  return wanted.table == model::Table::kNodes ? set_rotation<model::Node>(wanted)
                                              : set_rotation<Instance>(wanted);
}

Result<void> CommandWriter::take(const model::Require& wanted) {
  return wanted.holds(*draft_.freeze());
}

std::unexpected<base::Error> CommandWriter::refuse_for(base::Limit limit, const char* what) const {
  if (context_.reached != nullptr) {
    context_.reached->reached(limit);
  }
  return refuse_command(Code::kLimit, what);
}

Result<void> CommandWriter::before_put(const Instance& instance) {
  if (draft_.find<Service>(instance.service) == nullptr) {
    WEFT_TRY_VOID(check_room<Service>());
    Service service;
    service.name = instance.service;
    service.implicit = true;
    write<Service>(nullptr, std::move(service));
  }
  return {};
}

Result<void> CommandWriter::before_put(const CheckState& state) {
  if (!state.node.empty()) {
    const RowPtr<model::Node> node = draft_.find<model::Node>(state.node);
    if (node == nullptr || find_check(node->object.checks, state.check) == nullptr) {
      return refuse_command(Code::kNotFound, "the node has no such check");
    }
    return {};
  }
  const RowPtr<Instance> instance = draft_.find<Instance>(state.instance);
  if (instance == nullptr || instance->object.service != state.service ||
      find_check(instance->object, state.check) == nullptr) {
    return refuse_command(Code::kNotFound, "the instance has no such check");
  }
  return {};
}

Result<void> CommandWriter::before_put(const Route& route) {
  const RowPtr<Route> same = route.name.empty() ? nullptr : draft_.find_route_named(route.name);
  if (same != nullptr && same->object.id != route.id) {
    return refuse_command(Code::kConflict, "another route has this name");
  }
  return {};
}

void CommandWriter::after_put(const RowPtr<Instance>& before, const Instance& instance) {
  if (before == nullptr) {
    return;
  }
  for (const model::CheckSpec& check : before->object.checks) {
    if (!model::is_same_check(before->object, instance, check.id)) {
      erase_if_there<CheckState>(model::check_key(instance.id, check.id));
    }
    if (before->object.node != instance.node || find_check(instance, check.id) == nullptr) {
      drop_sessions(CheckOf::kInstance, before->object.node, check.id);
    }
  }
  if (before->object.service != instance.service) {
    erase_service_if_done(before->object.service);
  }
}

void CommandWriter::after_put(const RowPtr<model::Node>& before, const model::Node& node) {
  if (before == nullptr) {
    return;
  }
  if (before->object.life != node.life && node.life == model::NodeLife::kFailed) {
    drop_sessions_of_failed(node.name);
  }
  for (const model::CheckSpec& check : before->object.checks) {
    if (!model::is_same_check(before->object, node, check.id)) {
      erase_if_there<CheckState>(model::node_check_key(node.name, check.id));
    }
    if (find_check(node.checks, check.id) == nullptr) {
      drop_sessions(CheckOf::kNode, node.name, check.id);
    }
  }
}

void CommandWriter::after_put(const RowPtr<CheckState>& /*before*/, const CheckState& state) {
  if (state.status != model::CheckStatus::kCritical) {
    return;
  }
  if (!state.node.empty()) {
    drop_sessions(CheckOf::kNode, state.node, state.check);
  } else if (const RowPtr<Instance> instance = draft_.find<Instance>(state.instance)) {
    drop_sessions(CheckOf::kInstance, instance->object.node, state.check);
  }
}

void CommandWriter::after_put(const RowPtr<ClusterSettings>& /*before*/,
                              const ClusterSettings& settings) {
  if (settings.service == model::kEveryService) {
    rewrite_followers();
  }
}

void CommandWriter::rewrite_followers() {
  for (Outdated& each : outdated_settings(draft_, context_.cluster_defaults)) {
    write(each.row, std::optional(std::move(each.wanted)));
  }
}

void CommandWriter::erase(const RowPtr<Service>& row) {
  const std::string& name = row->object.name;
  while (const RowPtr<Instance> instance = draft_.find_instance_of(name)) {
    erase_instance_only(instance);
  }
  erase_if_there<ClusterSettings>(name);
  write<Service>(row, std::nullopt);
}

void CommandWriter::erase(const RowPtr<ClusterSettings>& row) {
  write<ClusterSettings>(row, std::nullopt);
  if (row->object.service == model::kEveryService) {
    rewrite_followers();
  }
}

void CommandWriter::erase(const RowPtr<Instance>& row) {
  erase_instance_only(row);
  erase_service_if_done(row->object.service);
}

void CommandWriter::erase_instance_only(const RowPtr<Instance>& row) {
  while (const RowPtr<CheckState> state = draft_.find_check_state_of(row->object.id)) {
    write<CheckState>(state, std::nullopt);
  }
  write<Instance>(row, std::nullopt);
  for (const model::CheckSpec& check : row->object.checks) {
    drop_sessions(CheckOf::kInstance, row->object.node, check.id);
  }
}

void CommandWriter::erase(const RowPtr<model::Node>& row) {
  const std::string& name = row->object.name;
  while (const RowPtr<Instance> instance = draft_.find_instance_on(name)) {
    erase(instance);
  }
  for (const model::CheckSpec& check : row->object.checks) {
    erase_if_there<CheckState>(model::node_check_key(name, check.id));
  }
  for (const RowPtr<model::Session>& session : draft_.sessions_on(name)) {
    erase(session);
  }
  write<model::Node>(row, std::nullopt);
}

void CommandWriter::erase_service_if_done(const std::string& name) {
  const RowPtr<Service> service = draft_.find<Service>(name);
  if (service != nullptr && service->object.implicit && draft_.find_instance_of(name) == nullptr) {
    write<Service>(service, std::nullopt);
  }
}

Result<std::vector<Change>> apply(Draft& draft, const model::Command& command,
                                  const CommandContext& context) {
  if (command.steps.empty()) {
    return refuse_command(Code::kInvalid, "the command has no step");
  }
  const auto writes = std::ranges::count_if(command.steps, [](const model::Step& step) {
    return !std::holds_alternative<model::Expect>(step) &&
           !std::holds_alternative<model::Require>(step);
  });
  if (static_cast<std::uint64_t>(writes) > context.limits.steps_max) {
    return refuse_command(Code::kLimit, "the command has too many steps (steps_max)");
  }
  return CommandWriter(draft, command, context).run();
}

Result<void> judge(Draft& draft, const model::Command& command, const CommandContext& context) {
  const std::uint64_t index_before = draft.index();
  WEFT_TRY(const std::vector<Change> changes, apply(draft, command, context));
  undo(draft, changes, index_before);
  return {};
}

}  // namespace weft::state
