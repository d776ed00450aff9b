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
  static std::pair<std::string_view, std::string_view> key(const Row<CheckState>& row) {
    return {row.object.instance, row.object.check};
  }
};

struct ByService {
  static std::pair<std::string_view, std::string_view> key(const Row<Instance>& row) {
    return {row.object.service, row.object.id};
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
    const std::size_t at = text.find(kKeySeparator);
    return at == std::string_view::npos ? std::pair{text, std::string_view()}
                                        : std::pair{text.substr(0, at), text.substr(at + 1)};
  } else {
    return text;
  }
}

struct Tables {
  PerTable<TableMap> by_key;
  ShardedMap<Row<Instance>, ByService> instances_by_service;
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
    return std::ranges::subrange(map.lower_bound({instance, {}}), map.end()) |
           std::views::take_while([instance](const RowPtr<CheckState>& row) {
             return row->object.instance == instance;
           });
  }

  // The worst of the instance's checks; kMaintenance when it is not enabled.
  Health health_of(const Instance& instance) const;
  // The same, whether or not it is enabled.
  Health worst_check_of(const Instance& instance) const;

  // The settings of a service; those of kEveryService, else `defaults`, when it has none.
  ClusterSettings cluster_of(std::string_view service, const ClusterSettings& defaults) const;

 private:
  std::uint64_t index_ = 0;
  Tables tables_;
};

}  // namespace weft::model
