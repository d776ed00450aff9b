#include "state/interest.h"

namespace weft::state {

bool Interest::matches(const model::Change& change) const {
  switch (kind) {
    case Kind::kEverything:
      return true;
    case Kind::kTable:
      return change.table() == table;
    case Kind::kKey:
      return change.table() == table && change.key() == text;
    case Kind::kPrefix:
      return change.table() == table && change.key().starts_with(text);
    case Kind::kService:
      // Both rows: an instance may have moved from one service to another.
      return service_of(change.before) == text || service_of(change.after) == text;
  }
  return false;
}

}  // namespace weft::state
