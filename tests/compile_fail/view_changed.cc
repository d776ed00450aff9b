// A row of a view is shared: a change is a command.
// Refused by: g++, "read-only object"
#include "model/view.h"

void disable(const weft::model::View& view) {
  const auto* row = view.find<weft::model::Instance>("web-1");
#ifdef WEFT_MISUSE
  row->object.enabled = false;
#else
  weft::model::Instance changed = row->object;
  changed.enabled = false;
#endif
}
