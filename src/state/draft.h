// Draft: the next version of all tables while it is being written. Commands (commands.h) are judged
// against it, so two conditional writes of one batch behave as if one came after the other.
#pragma once

#include "base/result.h"
#include "model/change.h"
#include "model/view.h"
#include "state/store.h"

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace weft::state {

// Thread: one at a time (State hands it to a worker while it loads).
class Draft final {
 public:
  // Without rows; rows get the numbers that come next here.
  Draft blank() const;

  // An object as the store has it; no rule between objects is looked at. A row of it that `known`
  // has gives it its number, and is taken itself when nothing differs.
  // Errors: those of decode_object().
  base::Result<void> load(const StoredObject& stored, const model::View& known = {});
  // A change that is durable without having been a command here.
  // Returns: the change with its rows. Errors: those of decode_object().
  base::Result<model::Change> replay(const StoredChange& stored);

  // Returns: null when there is no such row.
  template <class T>
  model::RowPtr<T> find(std::string_view key) const {
    return table<T>().find(model::map_key<T>(key));
  }
  template <class T>
  std::size_t size() const {
    return table<T>().size();
  }
  // Any of them, or null.
  model::RowPtr<model::Instance> find_instance_of(std::string_view service) const;
  // The first on the node whose id comes after `after`, or null.
  model::RowPtr<model::Instance> find_instance_on(std::string_view node,
                                                  std::string_view after = {}) const;
  model::RowPtr<model::KvEntry> find_kv_below(std::string_view prefix) const;
  model::RowPtr<model::KvEntry> find_kv_held_by(std::string_view session) const;
  model::RowPtr<model::CheckState> find_check_state_of(std::string_view instance) const;
  model::RowPtr<model::Route> find_route_named(std::string_view name) const;
  std::vector<model::RowPtr<model::Session>> sessions_on(std::string_view node) const;
  // Every row, by service.
  std::vector<model::RowPtr<model::ClusterSettings>> cluster_settings() const;

  // Has an instance that is to become a row share what is equal with others of its service: they
  // are mostly checked alike, and a fleet has many thousands.
  void share_with_others(model::Instance& instance) const;

  // Puts `after` in the place of `before`, in every map that holds rows of their table. One of the
  // two may be none.
  void set(const model::AnyRow& before, const model::AnyRow& after);

  // The index of the last change. It may be lowered again as long as nobody has seen it.
  std::uint64_t index() const { return index_; }
  void set_index(std::uint64_t index) { index_ = index; }
  std::uint32_t take_number() { return next_number_++; }

  // The tables as they are now, for readers.
  std::shared_ptr<const model::View> freeze();

  // Forgets everything since `view`, but not which indexes were given.
  void reset(const model::View& view);

 private:
  template <class T>
  using Editor = model::ShardedMapEditor<model::Row<T>, model::ByKey>;

  template <class T>
  Editor<T>& table() {
    return std::get<Editor<T>>(tables_);
  }
  template <class T>
  const Editor<T>& table() const {
    return std::get<Editor<T>>(tables_);
  }
  template <class T>
  void place(const model::RowPtr<T>& before, const model::RowPtr<T>& after);
  // By key. Only tables whose key is text.
  template <class T>
  std::vector<model::RowPtr<T>> all_of() const;

  std::uint64_t index_ = 0;
  std::uint32_t next_number_ = 1;
  model::RowPtr<model::Instance>
      last_instance_;  // that was set; mostly of the same service as the next
  model::PerTable<Editor> tables_;
  model::ShardedMapEditor<model::Row<model::Instance>, model::ByService> instances_by_service_;
  model::ShardedMapEditor<model::Row<model::Instance>, model::ByNode> instances_by_node_;
  model::ShardedMapEditor<model::Row<model::KvEntry>, model::BySession> kv_by_session_;
  model::ShardedMapEditor<model::Row<model::Route>, model::ByName> routes_by_name_;
};

}  // namespace weft::state
