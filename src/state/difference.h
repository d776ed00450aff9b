// What two views differ in, row by row.
#pragma once

#include "model/row.h"
#include "model/view.h"

#include <cstdint>
#include <vector>

namespace weft::state {

// One object as it is in either view. Thread: any (immutable).
struct Difference {
  model::AnyRow before;  // none: only in the later view
  model::AnyRow after;   // none: only in the earlier view

  const model::AnyRow& row() const { return has_row(after) ? after : before; }
};

// Every object of the tables that is not equal in both, by table and key. Rows whose object is
// equal do not differ, whatever their indexes say. What both views share costs nothing.
// `tables` are bits as Interest::bit has them.
// Thread: any; pure.
std::vector<Difference> differences(const model::View& before, const model::View& after,
                                    std::uint32_t tables);

}  // namespace weft::state
