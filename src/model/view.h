// View: all tables at one index. Readers on any thread hold one; it never changes under them.
// Start at View; Tables is what it is made of.
#pragma once

#include "model/row.h"
#include "model/sharded_map.h"

#include <cstdint>
#include <memory>
#include <ranges>
#include <string_view>
#include <utility>

namespace weft::model {

// By the key of the table. Only types whose key is one member can borrow it.
struct ByKey {
  static std::string_view key(const Row<Service>& row) { return row.object.name; }
  static std::string_view key(const Row<Instance>& row) { return row.object.id; }
  static std::string_view key(const Row<ClusterSettings>& row) { return row.object.service; }
  static std::string_view key(const Row<Route>& row) { return row.object.id; }
  static std::string_view key(const Row<Setting>& row) { return row.object.key; }
  static CheckKey key(const Row<CheckState>& row) {
    return {row.object.node, row.object.instance, row.object.check};
  }
  static std::string_view key(const Row<Node>& row) { return row.object.name; }
  static std::string_view key(const Row<KvEntry>& row) { return row.object.key; }
  static std::string_view key(const Row<Session>& row) { return row.object.id; }
  static std::string_view key(const Row<LockDelay>& row) { return row.object.key; }
  static std::string_view key(const Row<UserEvent>& row) { return row.object.key; }
};

struct ByService {
  static std::pair<std::string_view, std::string_view> key(const Row<Instance>& row) {
    return {row.object.service, row.object.id};
  }
};

// Only those whose node somebody said.
struct ByNode {
  static std::pair<std::string_view, std::string_view> key(const Row<Instance>& row) {
    return {row.object.node, row.object.id};
  }
};

// Only those that are held.
struct BySession {
  static std::pair<std::string_view, std::string_view> key(const Row<KvEntry>& row) {
    return {row.object.session, row.object.key};
  }
};

struct ByName {
  static std::string_view key(const Row<Route>& row) { return row.object.name; }
};

template <class T>
using TableMap = ShardedMap<Row<T>, ByKey>;

// The key of a table as its map compares it. `text` is borrowed.
template <class T>
typename TableMap<T>::Key map_key(std::string_view text) {
  if constexpr (std::is_same_v<T, CheckState>) {
    return parse_check_key(text);
  } else {
    return text;
  }
}

struct Tables {
  PerTable<TableMap> by_key;
  ShardedMap<Row<Instance>, ByService> instances_by_service;
  ShardedMap<Row<Instance>, ByNode> instances_by_node;
  ShardedMap<Row<KvEntry>, BySession> kv_by_session;
  ShardedMap<Row<Route>, ByName> routes_by_name;  // those that have a name
};

// Thread: any (immutable).
class View final {
 public:
  View() = default;
  View(std::uint64_t index, Tables tables) : index_(index), tables_(std::move(tables)) {}

  // The index of the last change in it.
  std::uint64_t index() const { return index_; }
  const Tables& tables() const { return tables_; }

  // A whole table in the order of its keys: `for (const RowPtr<T>& row : view.all<T>())`.
  template <class T>
  const TableMap<T>& all() const {
    return std::get<TableMap<T>>(tables_.by_key);
  }

  // Returns: null when there is none. Lifetime: the row lives as long as the view.
  template <class T>
  const Row<T>* find(std::string_view key) const {
    return all<T>().find(map_key<T>(key));
  }

  // The instances of a service in the order of their ids, as RowPtr<Instance>; none before `from`.
  auto instances_of(std::string_view service, std::string_view from = {}) const {
    const auto& map = tables_.instances_by_service;
    return std::ranges::subrange(map.lower_bound({service, from}), map.end()) |
           std::views::take_while(
               [service](const RowPtr<Instance>& row) { return row->object.service == service; });
  }

  // The statuses of an instance's checks in the order of the checks' ids, as RowPtr<CheckState>.
  // A check without a result has none.
  auto check_states_of(std::string_view instance) const {
    const auto& map = all<CheckState>();
    return std::ranges::subrange(map.lower_bound({{}, instance, {}}), map.end()) |
           std::views::take_while([instance](const RowPtr<CheckState>& row) {
             return row->object.node.empty() && row->object.instance == instance;
           });
  }

  // The instances on a node in the order of their ids, as RowPtr<Instance>.
  auto instances_on(std::string_view node) const {
    const auto& map = tables_.instances_by_node;
    return std::ranges::subrange(map.lower_bound({node, {}}), map.end()) |
           std::views::take_while(
               [node](const RowPtr<Instance>& row) { return row->object.node == node; });
  }

  // The entries whose key starts with `prefix`, in the order of their keys, as RowPtr<KvEntry>.
  auto kv_below(std::string_view prefix) const {
    const auto& map = all<KvEntry>();
    return std::ranges::subrange(map.lower_bound(prefix), map.end()) |
           std::views::take_while([prefix](const RowPtr<KvEntry>& row) {
             return row->object.key.starts_with(prefix);
           });
  }

  // What a check says now; null when it has not been heard of yet.
  const CheckState* check_state(const Instance& instance, const CheckSpec& check) const;
  const CheckState* check_state(const Node& node, const CheckSpec& check) const;

  // The worst of the instance's checks and of its node's; kMaintenance when one of the two is not
  // enabled.
  Health health_of(const Instance& instance) const;
  // The same, whether or not they are enabled.
  Health worst_check_of(const Instance& instance) const;
  // The worst of a node's own checks.
  Health worst_check_of(const Node& node) const;

  // The settings of a service; those of kEveryService, else `defaults`, when it has none.
  ClusterSettings cluster_of(std::string_view service, const ClusterSettings& defaults) const;

 private:
  // `node` is the instance's; null when it is on none that is known.
  Health worst_check_on(const Instance& instance, const Row<Node>* node) const;

  std::uint64_t index_ = 0;
  Tables tables_;
};

}  // namespace weft::model
