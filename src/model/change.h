// Change: one row as it was and as it became. The feed, the store and the audit log are made of
// these.
#pragma once

#include "base/check.h"
#include "base/time.h"
#include "model/row.h"

#include <cstdint>
#include <string>

namespace weft::model {

// Thread: any (immutable once published).
struct Change {
  std::uint64_t index = 0;  // strictly increasing, never used twice
  base::WallTime time{};
  std::string actor;
  AnyRow before;  // none: created
  AnyRow after;   // none: deleted

  // At least one of the two rows is there.
  const AnyRow& row() const { return has_row(after) ? after : before; }
  Table table() const { return table_of(row()); }
  std::string key() const { return key_of(row()); }

  // The row before or after as the type of its table; null when there is none.
  template <class T>
  RowPtr<T> before_as() const {
    return as<T>(before);
  }
  template <class T>
  RowPtr<T> after_as() const {
    return as<T>(after);
  }

 private:
  template <class T>
  static RowPtr<T> as(const AnyRow& row) {
    const auto* pointer = std::get_if<RowPtr<T>>(&row);
    return pointer != nullptr ? *pointer : nullptr;
  }
};

// The name of the service a row is about; empty for one that is about none, or about a node and so
// about all services on it.
std::string_view service_of(const AnyRow& row);
// The name of the node that a row of a node, or of a check of a node, is about; empty for others.
std::string_view node_of(const AnyRow& row);

}  // namespace weft::model
