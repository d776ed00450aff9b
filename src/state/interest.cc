#include "state/interest.h"

namespace weft::state {

bool Interest::matches(const model::Change& change) const {
  switch (kind) {
    case Kind::kEverything:
      return true;
    case Kind::kTables:
      return (tables & bit(change.table())) != 0;
    case Kind::kKey:
      return tables == bit(change.table()) && change.key() == text;
    case Kind::kPrefix:
      return tables == bit(change.table()) && change.key().starts_with(text);
    case Kind::kService:
      // Both rows: an instance may have moved from one service to another.
      return service_of(change.before) == text || service_of(change.after) == text;
  }
  return false;
}

}  // namespace weft::state
