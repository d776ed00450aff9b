// The key-value store, its locks, and the sessions that hold them. Source: contract/consul.md §5,
// §6.
#include "state/command_writer.h"

#include <algorithm>
#include <utility>

namespace weft::state {

using base::Code;
using base::Result;
using model::CheckStatus;
using model::Condition;
using model::Instance;
using model::KvEntry;
using model::LockDelay;
using model::Session;

namespace {

// Of the row under that key; nullopt when there is none.
template <std::size_t kAt>
std::optional<std::uint64_t> modified_index(const Draft& draft, model::Table table,
                                            const std::string& key) {
  if constexpr (kAt == model::kTableCount) {
    return std::nullopt;
  } else {
    if (static_cast<std::size_t>(table) != kAt) {
      return modified_index<kAt + 1>(draft, table, key);
    }
    const auto row = draft.find<std::variant_alternative_t<kAt, model::Object>>(key);
    return row != nullptr ? std::optional(row->modified_index) : std::nullopt;
  }
}

}  // namespace

// Writing does not touch whose it is.
Result<void> CommandWriter::put_object(const KvEntry& entry, const Condition& only_if) {
  const RowPtr<KvEntry> before = draft_.find<KvEntry>(entry.key);
  KvEntry kept = entry;
  kept.session = before != nullptr ? before->object.session : std::string();
  kept.lock_index = before != nullptr ? before->object.lock_index : 0;
  return put_whole(kept, only_if);
}

Result<void> CommandWriter::take(const model::Lock& wanted) {
  if (!model::validate(wanted.entry).empty()) {
    return refuse_command(Code::kInvalid, "the entry breaks a rule of its type");
  }
  if (draft_.find<Session>(wanted.session) == nullptr) {
    return refuse_command(Code::kNotFound, "no such session");
  }
  const RowPtr<KvEntry> before = draft_.find<KvEntry>(wanted.entry.key);
  KvEntry entry = wanted.entry;
  entry.session = wanted.session;
  entry.lock_index = before != nullptr ? before->object.lock_index : 0;
  const std::string holder = before != nullptr ? before->object.session : std::string();
  if (holder == wanted.session) {
    return put_whole(entry, {});
  }
  if (!holder.empty()) {
    return refuse_command(Code::kConflict, "another session holds the lock");
  }
  const RowPtr<LockDelay> delay = draft_.find<LockDelay>(entry.key);
  if (delay != nullptr && delay->object.until > context_.time) {
    return refuse_command(Code::kConflict, "the lock was lost a moment ago");
  }
  if (delay != nullptr) {
    write<LockDelay>(delay, std::nullopt);
  }
  ++entry.lock_index;
  return put_whole(entry, {});
}

Result<void> CommandWriter::take(const model::Unlock& wanted) {
  if (!model::validate(wanted.entry).empty()) {
    return refuse_command(Code::kInvalid, "the entry breaks a rule of its type");
  }
  const RowPtr<KvEntry> before = draft_.find<KvEntry>(wanted.entry.key);
  if (before == nullptr || before->object.session.empty() ||
      before->object.session != wanted.session) {
    return refuse_command(Code::kConflict, "the session does not hold the lock");
  }
  KvEntry entry = wanted.entry;
  entry.session.clear();
  entry.lock_index = before->object.lock_index;
  return put_whole(entry, {});
}

Result<void> CommandWriter::take(const model::DeleteBelow& wanted) {
  while (const RowPtr<KvEntry> row = draft_.find_kv_below(wanted.prefix)) {
    erase(row);
  }
  return {};
}

Result<void> CommandWriter::take(const model::Expect& wanted) {
  const auto index = modified_index<0>(draft_, wanted.table, wanted.key);
  WEFT_TRY_VOID(check_condition(wanted.only_if, index.has_value(), index.value_or(0)));
  if (wanted.session) {
    const RowPtr<KvEntry> row = draft_.find<KvEntry>(wanted.key);
    if (row == nullptr || row->object.session != *wanted.session) {
      return refuse_command(Code::kConflict, "the session does not hold the lock");
    }
  }
  return {};
}

// One that exists is only renamed or the like; what it needs was looked at when it was made.
Result<void> CommandWriter::before_put(const Session& session) {
  return draft_.find<Session>(session.id) != nullptr ? Result<void>()
                                                     : check_session_needs(session);
}

Result<void> CommandWriter::check_session_needs(const Session& session) const {
  const RowPtr<model::Node> node = draft_.find<model::Node>(session.node);
  if (node == nullptr) {
    return refuse_command(Code::kNotFound, "no such node");
  }
  const auto is_critical = [this](const std::string& key, const model::CheckSpec& spec) {
    const auto state = draft_.find<model::CheckState>(key);
    return (state != nullptr ? state->object.status : spec.initial) == CheckStatus::kCritical;
  };
  for (const std::string& id : session.node_checks) {
    const model::CheckSpec* spec = find_check(node->object.checks, id);
    if (spec == nullptr && id != model::kAliveCheck) {
      return refuse_command(Code::kNotFound, "the node has no such check");
    }
    if (spec != nullptr && is_critical(model::node_check_key(session.node, id), *spec)) {
      return refuse_command(Code::kConflict, "a check of the session is critical");
    }
  }
  for (const std::string& id : session.service_checks) {
    const FoundCheck found = find_check_on(session.node, id);
    if (found.spec == nullptr) {
      return refuse_command(Code::kNotFound, "no instance on the node has such a check");
    }
    if (is_critical(model::check_key(found.instance->object.id, id), *found.spec)) {
      return refuse_command(Code::kConflict, "a check of the session is critical");
    }
  }
  return {};
}

CommandWriter::FoundCheck CommandWriter::find_check_on(const std::string& node,
                                                       std::string_view check) const {
  RowPtr<Instance> instance = draft_.find_instance_on(node);
  while (instance != nullptr) {
    if (const model::CheckSpec* spec = find_check(instance->object, check)) {
      return {spec, instance};
    }
    instance = draft_.find_instance_on(node, instance->object.id);
  }
  return {};
}

void CommandWriter::drop_sessions(CheckOf of, const std::string& node, std::string_view check) {
  if (draft_.size<Session>() == 0) {
    return;
  }
  for (const RowPtr<Session>& session : draft_.sessions_on(node)) {
    const auto& needs =
        of == CheckOf::kNode ? session->object.node_checks : session->object.service_checks;
    if (std::ranges::find(needs, check) != needs.end()) {
      erase(session);
    }
  }
}

void CommandWriter::drop_sessions_of_failed(const std::string& node) {
  for (const RowPtr<Session>& session : draft_.sessions_on(node)) {
    const auto& needs = session->object.node_checks;
    if (session->object.ttl == base::Nanos(0) &&
        std::ranges::find(needs, model::kAliveCheck) != needs.end()) {
      erase(session);
    }
  }
}

void CommandWriter::erase(const RowPtr<Session>& row) {
  while (const RowPtr<KvEntry> held = draft_.find_kv_held_by(row->object.id)) {
    lose_lock(held, row->object);
  }
  write<Session>(row, std::nullopt);
}

void CommandWriter::lose_lock(const RowPtr<KvEntry>& row, const Session& session) {
  if (session.behavior == model::SessionBehavior::kDelete) {
    write<KvEntry>(row, std::nullopt);
  } else {
    KvEntry entry = row->object;
    entry.session.clear();
    write<KvEntry>(row, std::move(entry));
  }
  if (session.lock_delay > base::Nanos(0)) {
    LockDelay delay;
    delay.key = row->object.key;
    delay.until = context_.time + session.lock_delay;
    write<LockDelay>(draft_.find<LockDelay>(delay.key), std::move(delay));
  }
}

}  // namespace weft::state
