// One command on its way into the draft. Private to commands.cc (the catalogue) and
// lock_commands.cc (key-value store, locks, sessions).
#pragma once

#include "state/commands.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::state {

// Thread: one at a time. Lifetime: one command; borrows all three.
class CommandWriter final {
 public:
  CommandWriter(Draft& draft, const model::Command& command, const CommandContext& context)
      : draft_(draft), command_(command), context_(context) {}

  base::Result<std::vector<model::Change>> run();

 private:
  using Done = base::Result<void>;
  template <class T>
  using RowPtr = model::RowPtr<T>;

  Done take(const model::Put& put);
  Done take(const model::Delete& gone);
  Done take(const model::SetRotation& wanted);
  Done take(const model::Lock& wanted);
  Done take(const model::Unlock& wanted);
  Done take(const model::DeleteBelow& wanted);
  Done take(const model::Expect& wanted);
  Done take(const model::Require& wanted);
  template <class T>
  Done take(const model::Edit<T>& wanted);

  // A put keeps what only other steps change.
  Done put_object(const model::ClusterSettings& settings, const model::Condition& only_if);
  Done put_object(const model::Instance& instance, const model::Condition& only_if);
  Done put_object(const model::Node& node, const model::Condition& only_if);
  Done put_object(const model::KvEntry& entry, const model::Condition& only_if);
  template <class T>
  Done put_object(const T& object, const model::Condition& only_if) {
    return put_whole(object, only_if);
  }
  // The same for what can be taken out of rotation.
  template <class T>
  Done put_rotated(const T& object, const model::Condition& only_if);
  template <class T>
  Done put_whole(const T& object, const model::Condition& only_if);
  template <class T>
  Done delete_object(const model::Delete& gone);
  template <class T>
  Done set_rotation(const model::SetRotation& wanted);

  // May the table take another row?
  template <class T>
  Done check_room() const;
  std::unexpected<base::Error> refuse_for(base::Limit limit, const char* what) const;

  // Rules that may refuse, or need something to be there first.
  template <class T>
  Done before_put(const T& /*object*/) {
    return {};
  }
  Done before_put(const model::Instance& instance);
  Done before_put(const model::CheckState& state);
  Done before_put(const model::Route& route);
  Done before_put(const model::Session& session);

  // What follows from a put.
  template <class T>
  void after_put(const RowPtr<T>& /*before*/, const T& /*object*/) {}
  void after_put(const RowPtr<model::Instance>& before, const model::Instance& instance);
  void after_put(const RowPtr<model::Node>& before, const model::Node& node);
  void after_put(const RowPtr<model::CheckState>& before, const model::CheckState& state);
  void after_put(const RowPtr<model::ClusterSettings>& before,
                 const model::ClusterSettings& settings);
  void rewrite_followers();

  // Removes a row and what cannot be without it; what depends goes first.
  template <class T>
  void erase(const RowPtr<T>& row) {
    write<T>(row, std::nullopt);
  }
  void erase(const RowPtr<model::Service>& row);
  void erase(const RowPtr<model::ClusterSettings>& row);
  void erase(const RowPtr<model::Instance>& row);
  void erase(const RowPtr<model::Node>& row);
  void erase(const RowPtr<model::Session>& row);
  void erase_instance_only(const RowPtr<model::Instance>& row);
  void erase_service_if_done(const std::string& name);
  template <class T>
  void erase_if_there(const std::string& key) {
    if (const RowPtr<T> row = draft_.find<T>(key)) {
      write<T>(row, std::nullopt);
    }
  }

  // Where a check is: at an instance of a node, or at the node itself.
  enum class CheckOf : std::uint8_t { kInstance, kNode };
  // Sessions that need a check fall with it.
  void drop_sessions(CheckOf of, const std::string& node, std::string_view check);
  // The node of a session without a time to live is all that says that somebody still has it.
  void drop_sessions_of_failed(const std::string& node);
  Done check_session_needs(const model::Session& session) const;
  // Returns: the check of that id at an instance on the node; null: none, and no instance.
  struct FoundCheck {
    const model::CheckSpec* spec = nullptr;
    RowPtr<model::Instance> instance;
  };
  FoundCheck find_check_on(const std::string& node, std::string_view check) const;
  void lose_lock(const RowPtr<model::KvEntry>& row, const model::Session& session);

  // Gives the change its index and makes it visible to the next step.
  template <class T>
  void write(const RowPtr<T>& before, std::optional<T> after);

  Draft& draft_;
  const model::Command& command_;
  const CommandContext& context_;
  std::vector<model::Change> changes_;
};

inline std::unexpected<base::Error> refuse_command(base::Code code, const char* what) {
  return base::fail(code, what, base::Side::kClient);
}

base::Result<void> check_condition(const model::Condition& only_if, bool is_there,
                                   std::uint64_t index);

template <class T>
CommandWriter::Done CommandWriter::put_rotated(const T& object, const model::Condition& only_if) {
  const RowPtr<T> before = draft_.find<T>(key_of(object));
  if (before == nullptr || (before->object.enabled == object.enabled &&
                            before->object.disabled_reason == object.disabled_reason)) {
    return put_whole(object, only_if);
  }
  T kept = object;
  kept.enabled = before->object.enabled;
  kept.disabled_reason = before->object.disabled_reason;
  return put_whole(kept, only_if);
}

template <class T>
CommandWriter::Done CommandWriter::put_whole(const T& object, const model::Condition& only_if) {
  const RowPtr<T> before = draft_.find<T>(key_of(object));
  WEFT_TRY_VOID(
      check_condition(only_if, before != nullptr, before != nullptr ? before->modified_index : 0));
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

template <class T>
CommandWriter::Done CommandWriter::delete_object(const model::Delete& gone) {
  const RowPtr<T> row = draft_.find<T>(gone.key);
  WEFT_TRY_VOID(
      check_condition(gone.only_if, row != nullptr, row != nullptr ? row->modified_index : 0));
  if (row != nullptr) {
    erase(row);
  }
  return {};
}

template <class T>
CommandWriter::Done CommandWriter::set_rotation(const model::SetRotation& wanted) {
  const RowPtr<T> before = draft_.find<T>(wanted.key);
  if (before == nullptr) {
    return refuse_command(base::Code::kNotFound, "no such instance or node");
  }
  T after = before->object;
  after.enabled = wanted.rotation == model::Rotation::kIn;
  after.disabled_reason =
      after.enabled ? std::string() : wanted.reason.value_or(before->object.disabled_reason);
  if (!model::validate(after).empty()) {
    return refuse_command(base::Code::kInvalid, "the reason is too long");
  }
  return put_whole(after, model::Condition::present());
}

template <class T>
CommandWriter::Done CommandWriter::take(const model::Edit<T>& wanted) {
  using IfAbsent = typename model::Edit<T>::IfAbsent;
  const RowPtr<T> before = draft_.find<T>(wanted.key);
  if (before == nullptr && wanted.if_absent == IfAbsent::kFail) {
    return refuse_command(base::Code::kNotFound, "no such key");
  }
  T object = before != nullptr ? before->object : T();
  WEFT_TRY_VOID(wanted.change(object));
  if (key_of(object) != wanted.key || !model::validate(object).empty()) {
    return refuse_command(base::Code::kInvalid, "the object breaks a rule of its type");
  }
  return put_object(object, {});
}

template <class T>
CommandWriter::Done CommandWriter::check_room() const {
  const CommandLimits& limits = context_.limits;
  if constexpr (std::is_same_v<T, model::Service>) {
    return draft_.size<T>() < limits.services_max
               ? Done()
               : refuse_for(base::Limit::kServices, "too many services (limits.services)");
  } else if constexpr (std::is_same_v<T, model::Instance>) {
    return draft_.size<T>() < limits.instances_max
               ? Done()
               : refuse_for(base::Limit::kInstances, "too many instances (limits.instances)");
  } else {
    return draft_.size<T>() < limits.rows_max
               ? Done()
               : Done(refuse_command(base::Code::kLimit, "the table is full"));
  }
}

template <class T>
void CommandWriter::write(const RowPtr<T>& before, std::optional<T> after) {
  model::Change change{.index = draft_.index() + 1,
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
    if constexpr (std::is_same_v<T, model::Instance>) {
      draft_.share_with_others(*after);
    }
    change.after = std::make_shared<const model::Row<T>>(
        model::Row<T>{*std::move(after), created_index, change.index, number});
  }
  draft_.set(change.before, change.after);
  draft_.set_index(change.index);
  changes_.push_back(std::move(change));
}

}  // namespace weft::state
