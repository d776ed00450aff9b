#include "state/commands.h"

#include "state/inheritance.h"

#include <utility>

namespace weft::state {
namespace {

using base::Code;
using base::Result;
using model::AnyRow;
using model::Change;
using model::CheckState;
using model::ClusterSettings;
using model::Condition;
using model::Instance;
using model::Route;
using model::RowPtr;
using model::Service;

std::unexpected<base::Error> refuse(Code code, const char* what) {
  return base::fail(code, what, base::Side::kClient);
}

Result<void> check_condition(const Condition& only_if, bool is_there, std::uint64_t index) {
  switch (only_if.kind) {
    case Condition::Kind::kAlways:
      return {};
    case Condition::Kind::kAbsent:
      return is_there ? Result<void>(refuse(Code::kConflict, "the key exists already"))
                      : Result<void>();
    case Condition::Kind::kPresent:
      return is_there ? Result<void>() : Result<void>(refuse(Code::kNotFound, "no such key"));
    case Condition::Kind::kIndexIs:
      return is_there && index == only_if.index
                 ? Result<void>()
                 : Result<void>(refuse(Code::kConflict, "the index has moved on"));
  }
  return refuse(Code::kInvalid, "unknown condition");
}

// One command on its way into the draft.
class Writer final {
 public:
  Writer(Draft& draft, const model::Command& command, const CommandContext& context)
      : draft_(draft), command_(command), context_(context) {}

  Result<std::vector<Change>> run() {
    const std::uint64_t index_before = draft_.index();
    for (const model::Step& step : command_.steps) {
      const Result<void> done = std::visit([this](const auto& each) { return take(each); }, step);
      if (!done) {
        undo(index_before);
        return base::fail(done.error());
      }
    }
    return std::move(changes_);
  }

 private:
  Result<void> take(const model::Put& put) {
    if (!model::validate(put.object).empty()) {
      return refuse(Code::kInvalid, "the object breaks a rule of its type");
    }
    return std::visit([&](const auto& object) { return put_object(object, put.only_if); },
                      put.object);
  }

  Result<void> put_object(const ClusterSettings& settings, const Condition& only_if) {
    return put_whole(with_inherited(draft_, context_.cluster_defaults, settings), only_if);
  }

  // Keeps what only SetRotation changes.
  Result<void> put_object(const Instance& instance, const Condition& only_if) {
    const RowPtr<Instance> before = draft_.find<Instance>(instance.id);
    if (before == nullptr || (before->object.enabled == instance.enabled &&
                              before->object.disabled_reason == instance.disabled_reason)) {
      return put_whole(instance, only_if);
    }
    Instance kept = instance;
    kept.enabled = before->object.enabled;
    kept.disabled_reason = before->object.disabled_reason;
    return put_whole(kept, only_if);
  }

  template <class T>
  Result<void> put_object(const T& object, const Condition& only_if) {
    return put_whole(object, only_if);
  }

  template <class T>
  Result<void> put_whole(const T& object, const Condition& only_if) {
    const RowPtr<T> before = draft_.find<T>(key_of(object));
    WEFT_TRY_VOID(check_condition(only_if, before != nullptr,
                                  before != nullptr ? before->modified_index : 0));
    if (before != nullptr && before->object == object) {
      return {};
    }
    if (before == nullptr) {
      WEFT_TRY_VOID(check_room<T>());
    }
    WEFT_TRY_VOID(before_put(object));
    write(before, std::optional(object));
    after_put(before, object);
    return {};
  }

  Result<void> take(const model::Delete& gone) {
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
    }
    return refuse(Code::kInvalid, "unknown table");
  }

  Result<void> take(const model::SetRotation& wanted) {
    const RowPtr<Instance> before = draft_.find<Instance>(wanted.instance);
    if (before == nullptr) {
      return refuse(Code::kNotFound, "no such instance");
    }
    Instance after = before->object;
    after.enabled = wanted.rotation == model::Rotation::kIn;
    after.disabled_reason =
        after.enabled ? std::string() : wanted.reason.value_or(before->object.disabled_reason);
    if (!model::validate(after).empty()) {
      return refuse(Code::kInvalid, "the reason is too long");
    }
    return put_whole(after, Condition::present());
  }

  template <class T>
  Result<void> delete_object(const model::Delete& gone) {
    const RowPtr<T> row = draft_.find<T>(gone.key);
    WEFT_TRY_VOID(
        check_condition(gone.only_if, row != nullptr, row != nullptr ? row->modified_index : 0));
    if (row != nullptr) {
      erase(row);
    }
    return {};
  }

  // May the table take another row?
  template <class T>
  Result<void> check_room() const {
    const CommandLimits& limits = context_.limits;
    if constexpr (std::is_same_v<T, Service>) {
      return draft_.size<T>() < limits.services_max
                 ? Result<void>()
                 : refuse_for(base::Limit::kServices, "too many services (limits.services)");
    } else if constexpr (std::is_same_v<T, Instance>) {
      return draft_.size<T>() < limits.instances_max
                 ? Result<void>()
                 : refuse_for(base::Limit::kInstances, "too many instances (limits.instances)");
    } else {
      return draft_.size<T>() < limits.rows_max
                 ? Result<void>()
                 : Result<void>(refuse(Code::kLimit, "the table is full"));
    }
  }

  Result<void> refuse_for(base::Limit limit, const char* what) const {
    if (context_.reached != nullptr) {
      context_.reached->reached(limit);
    }
    return refuse(Code::kLimit, what);
  }

  // Rules that may refuse, or need something to be there first.
  template <class T>
  Result<void> before_put(const T& /*object*/) {
    return {};
  }

  Result<void> before_put(const Instance& instance) {
    if (draft_.find<Service>(instance.service) == nullptr) {
      WEFT_TRY_VOID(check_room<Service>());
      Service service;
      service.name = instance.service;
      service.implicit = true;
      write<Service>(nullptr, std::move(service));
    }
    return {};
  }

  Result<void> before_put(const CheckState& state) {
    const RowPtr<Instance> instance = draft_.find<Instance>(state.instance);
    if (instance == nullptr || instance->object.service != state.service ||
        find_check(instance->object, state.check) == nullptr) {
      return refuse(Code::kNotFound, "the instance has no such check");
    }
    return {};
  }

  Result<void> before_put(const Route& route) {
    const RowPtr<Route> same = route.name.empty() ? nullptr : draft_.find_route_named(route.name);
    if (same != nullptr && same->object.id != route.id) {
      return refuse(Code::kConflict, "another route has this name");
    }
    return {};
  }

  // What follows from a put.
  template <class T>
  void after_put(const RowPtr<T>& /*before*/, const T& /*object*/) {}

  void after_put(const RowPtr<Instance>& before, const Instance& instance) {
    if (before == nullptr) {
      return;
    }
    for (const model::CheckSpec& check : before->object.checks) {
      if (!model::is_same_check(before->object, instance, check.id)) {
        erase_if_there<CheckState>(model::check_key(instance.id, check.id));
      }
    }
    if (before->object.service != instance.service) {
      erase_service_if_done(before->object.service);
    }
  }

  void after_put(const RowPtr<ClusterSettings>& /*before*/, const ClusterSettings& settings) {
    if (settings.service == model::kEveryService) {
      rewrite_followers();
    }
  }

  void rewrite_followers() {
    for (Outdated& each : outdated_settings(draft_, context_.cluster_defaults)) {
      write(each.row, std::optional(std::move(each.wanted)));
    }
  }

  // Removes a row and what cannot be without it; what depends goes first.
  template <class T>
  void erase(const RowPtr<T>& row) {
    write<T>(row, std::nullopt);
  }

  void erase(const RowPtr<Service>& row) {
    const std::string& name = row->object.name;
    while (const RowPtr<Instance> instance = draft_.find_instance_of(name)) {
      erase_instance_only(instance);
    }
    erase_if_there<ClusterSettings>(name);
    write<Service>(row, std::nullopt);
  }

  void erase(const RowPtr<ClusterSettings>& row) {
    write<ClusterSettings>(row, std::nullopt);
    if (row->object.service == model::kEveryService) {
      rewrite_followers();
    }
  }

  void erase(const RowPtr<Instance>& row) {
    erase_instance_only(row);
    erase_service_if_done(row->object.service);
  }

  void erase_instance_only(const RowPtr<Instance>& row) {
    while (const RowPtr<CheckState> state = draft_.find_check_state_of(row->object.id)) {
      write<CheckState>(state, std::nullopt);
    }
    write<Instance>(row, std::nullopt);
  }

  void erase_service_if_done(const std::string& name) {
    const RowPtr<Service> service = draft_.find<Service>(name);
    if (service != nullptr && service->object.implicit &&
        draft_.find_instance_of(name) == nullptr) {
      write<Service>(service, std::nullopt);
    }
  }

  template <class T>
  void erase_if_there(const std::string& key) {
    if (const RowPtr<T> row = draft_.find<T>(key)) {
      write<T>(row, std::nullopt);
    }
  }

  // Gives the change its index and makes it visible to the next step.
  template <class T>
  void write(const RowPtr<T>& before, std::optional<T> after) {
    Change change{.index = draft_.index() + 1,
                  .time = context_.time,
                  .actor = command_.actor,
                  .before = {},
                  .after = {}};
    std::uint64_t created_index = change.index;
    std::uint32_t number = 0;
    if (before != nullptr) {
      change.before = before;
      created_index = before->created_index;
      number = before->number;
    } else {
      number = draft_.take_number();
    }
    if (after) {
      change.after = std::make_shared<const model::Row<T>>(
          model::Row<T>{*std::move(after), created_index, change.index, number});
    }
    draft_.set(change.before, change.after);
    draft_.set_index(change.index);
    changes_.push_back(std::move(change));
  }

  void undo(std::uint64_t index_before) {
    for (auto change = changes_.rbegin(); change != changes_.rend(); ++change) {
      draft_.set(change->after, change->before);
    }
    draft_.set_index(index_before);
  }

  Draft& draft_;
  const model::Command& command_;
  const CommandContext& context_;
  std::vector<Change> changes_;
};

}  // namespace

Result<std::vector<Change>> apply(Draft& draft, const model::Command& command,
                                  const CommandContext& context) {
  if (command.steps.empty()) {
    return refuse(Code::kInvalid, "the command has no step");
  }
  if (command.steps.size() > context.limits.steps_max) {
    return refuse(Code::kLimit, "the command has too many steps (steps_max)");
  }
  return Writer(draft, command, context).run();
}

}  // namespace weft::state
