#include "state/draft.h"

#include "base/described_enum.h"
#include "state/codec.h"

#include <algorithm>

namespace weft::state {

using model::AnyRow;
using model::RowPtr;

namespace {

// The secondary map of a table follows the table: rows without a name in it are left out.
template <class Editor, class Pointer, class IsIn>
void follow_table(Editor& editor, const Pointer& before, const Pointer& after, IsIn is_in) {
  if (before != nullptr && is_in(*before)) {
    editor.erase(Editor::key_of(*before));
  }
  if (after != nullptr && is_in(*after)) {
    editor.put(after);
  }
}

}  // namespace

template <class T>
void Draft::place(const RowPtr<T>& before, const RowPtr<T>& after) {
  if (after != nullptr) {
    table<T>().put(after);
  } else {
    table<T>().erase(model::ByKey::key(*before));
  }
  if constexpr (std::is_same_v<T, model::Instance>) {
    last_instance_ = after;
    follow_table(instances_by_service_, before, after, [](const auto&) { return true; });
    follow_table(instances_by_node_, before, after,
                 [](const auto& row) { return !row.object.node.empty(); });
  } else if constexpr (std::is_same_v<T, model::KvEntry>) {
    follow_table(kv_by_session_, before, after,
                 [](const auto& row) { return !row.object.session.empty(); });
  } else if constexpr (std::is_same_v<T, model::Route>) {
    follow_table(routes_by_name_, before, after,
                 [](const auto& row) { return !row.object.name.empty(); });
  }
}

void Draft::set(const AnyRow& before, const AnyRow& after) {
  std::visit(
      [&]<class Pointer>(const Pointer& /*shown*/) {
        if constexpr (!std::is_same_v<Pointer, std::monostate>) {
          const auto* old = std::get_if<Pointer>(&before);
          const auto* fresh = std::get_if<Pointer>(&after);
          place(old != nullptr ? *old : Pointer(), fresh != nullptr ? *fresh : Pointer());
        }
      },
      model::has_row(after) ? after : before);
}

void Draft::share_with_others(model::Instance& instance) const {
  const RowPtr<model::Instance> other =
      last_instance_ != nullptr && last_instance_->object.service == instance.service
          ? last_instance_
          : find_instance_of(instance.service);
  if (other == nullptr) {
    return;
  }
  const model::Instance& twin = other->object;
  instance.details.share_with(twin.details);
  for (std::size_t i = 0; i < std::min(instance.checks.size(), twin.checks.size()); ++i) {
    instance.checks[i].details.share_with(twin.checks[i].details);
  }
}

Draft Draft::blank() const {
  Draft draft;
  draft.next_number_ = next_number_;
  return draft;
}

base::Result<void> Draft::load(const StoredObject& stored, const model::View& known) {
  WEFT_TRY(model::Object object, decode_object(stored.table, stored.body));
  std::visit(
      [&]<class T>(T& value) {
        if constexpr (std::is_same_v<T, model::Instance>) {
          share_with_others(value);
        }
        const RowPtr<T> before = known.all<T>().find_shared(model::map_key<T>(stored.key));
        model::Row<T> row{std::move(value), stored.created_index, stored.modified_index,
                          before != nullptr ? before->number : take_number()};
        place<T>(nullptr, before != nullptr && *before == row
                              ? before
                              : std::make_shared<const model::Row<T>>(std::move(row)));
      },
      object);
  return {};
}

base::Result<model::Change> Draft::replay(const StoredChange& stored) {
  WEFT_TRY(model::Object object,
           decode_object(stored.table, stored.after ? *stored.after : stored.before.value_or("")));
  model::Change change{
      .index = stored.index, .time = stored.time, .actor = stored.actor, .before = {}, .after = {}};
  std::visit(
      [&]<class T>(T& value) {
        if constexpr (std::is_same_v<T, model::Instance>) {
          share_with_others(value);
        }
        const RowPtr<T> before = find<T>(stored.key);
        if (before != nullptr) {
          change.before = before;
        }
        if (stored.after) {
          const std::uint32_t number = before != nullptr ? before->number : take_number();
          change.after = std::make_shared<const model::Row<T>>(
              model::Row<T>{std::move(value), stored.created_index, stored.index, number});
        }
      },
      object);
  if (model::has_row(change.before) || model::has_row(change.after)) {
    set(change.before, change.after);
  }
  index_ = std::max(index_, stored.index);
  return change;
}

RowPtr<model::Instance> Draft::find_instance_of(std::string_view service) const {
  RowPtr<model::Instance> first = instances_by_service_.lower_bound({service, {}});
  return first != nullptr && first->object.service == service ? first : nullptr;
}

RowPtr<model::Instance> Draft::find_instance_on(std::string_view node,
                                                std::string_view after) const {
  RowPtr<model::Instance> first = instances_by_node_.lower_bound({node, after});
  if (first != nullptr && first->object.node == node && !after.empty() &&
      first->object.id == after) {
    const std::string next = first->object.id + '\0';
    first = instances_by_node_.lower_bound({node, next});
  }
  return first != nullptr && first->object.node == node ? first : nullptr;
}

RowPtr<model::KvEntry> Draft::find_kv_below(std::string_view prefix) const {
  RowPtr<model::KvEntry> first = table<model::KvEntry>().lower_bound(prefix);
  return first != nullptr && first->object.key.starts_with(prefix) ? first : nullptr;
}

RowPtr<model::KvEntry> Draft::find_kv_held_by(std::string_view session) const {
  RowPtr<model::KvEntry> first = kv_by_session_.lower_bound({session, {}});
  return first != nullptr && first->object.session == session ? first : nullptr;
}

template <class T>
std::vector<RowPtr<T>> Draft::all_of() const {
  std::vector<RowPtr<T>> rows;
  rows.reserve(size<T>());
  RowPtr<T> row = table<T>().lower_bound("");
  while (row != nullptr) {
    const std::string next = std::string(model::ByKey::key(*row)) + '\0';
    rows.push_back(std::move(row));
    row = table<T>().lower_bound(next);
  }
  return rows;
}

std::vector<RowPtr<model::Session>> Draft::sessions_on(std::string_view node) const {
  std::vector<RowPtr<model::Session>> rows;
  for (RowPtr<model::Session>& row : all_of<model::Session>()) {
    if (row->object.node == node) {
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

RowPtr<model::CheckState> Draft::find_check_state_of(std::string_view instance) const {
  RowPtr<model::CheckState> first = table<model::CheckState>().lower_bound({{}, instance, {}});
  return first != nullptr && first->object.node.empty() && first->object.instance == instance
             ? first
             : nullptr;
}

RowPtr<model::Route> Draft::find_route_named(std::string_view name) const {
  return routes_by_name_.find(name);
}

std::vector<RowPtr<model::ClusterSettings>> Draft::cluster_settings() const {
  return all_of<model::ClusterSettings>();
}

std::shared_ptr<const model::View> Draft::freeze() {
  model::Tables tables{
      .by_key = std::apply(
          [](auto&... editors) { return model::PerTable<model::TableMap>(editors.freeze()...); },
          tables_),
      .instances_by_service = instances_by_service_.freeze(),
      .instances_by_node = instances_by_node_.freeze(),
      .kv_by_session = kv_by_session_.freeze(),
      .routes_by_name = routes_by_name_.freeze()};
  return std::make_shared<const model::View>(index_, std::move(tables));
}

void Draft::reset(const model::View& view) {
  tables_ = std::apply(
      [](const auto&... maps) {
        return model::PerTable<Editor>(
            typename std::remove_cvref_t<decltype(maps)>::Editor(maps)...);
      },
      view.tables().by_key);
  last_instance_ = nullptr;
  instances_by_service_ = decltype(instances_by_service_)(view.tables().instances_by_service);
  instances_by_node_ = decltype(instances_by_node_)(view.tables().instances_by_node);
  kv_by_session_ = decltype(kv_by_session_)(view.tables().kv_by_session);
  routes_by_name_ = decltype(routes_by_name_)(view.tables().routes_by_name);
}

}  // namespace weft::state
