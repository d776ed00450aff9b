// Row: one object as a table keeps it, with the indexes a face shows and the data plane's number.
#pragma once

#include "model/objects.h"

#include <cstdint>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <variant>

namespace weft::model {

// Thread: any (immutable once in a table).
template <class T>
struct Row {
  T object;
  std::uint64_t created_index = 0;
  std::uint64_t modified_index = 0;
  // Of this process: given when the row is created, kept until it is deleted, never given again.
  std::uint32_t number = 0;

  bool operator==(const Row&) const = default;
};

template <class T>
using RowPtr = std::shared_ptr<const Row<T>>;

// One type made from the types of all tables, in the order of Table.
namespace tables {
template <class Objects, template <class> class Each>
struct ForTables;
template <class... Ts, template <class> class Each>
struct ForTables<std::variant<Ts...>, Each> {
  using Tuple = std::tuple<Each<Ts>...>;
  using Variant = std::variant<std::monostate, Each<Ts>...>;
};
}  // namespace tables

template <template <class> class Each>
using PerTable = typename tables::ForTables<Object, Each>::Tuple;

// A row of any table; monostate is no row.
using AnyRow = tables::ForTables<Object, RowPtr>::Variant;

inline bool has_row(const AnyRow& row) { return row.index() != 0; }

// Precondition of both: has_row(row).
inline Table table_of(const AnyRow& row) { return static_cast<Table>(row.index() - 1); }
std::string key_of(const AnyRow& row);

}  // namespace weft::model
