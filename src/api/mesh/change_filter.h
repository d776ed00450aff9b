// Which changes a client asks for.
#pragma once

#include "model/change.h"
#include "model/objects.h"
#include "state/interest.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weft::api::mesh {

// Bits by state::Interest::bit().
inline std::uint32_t bits_of(const std::vector<model::Table>& tables) {
  std::uint32_t bits = 0;
  for (const model::Table table : tables) {
    bits |= state::Interest::bit(table);
  }
  return bits;
}

// Thread: any (a value).
struct ChangeFilter {
  std::uint32_t tables = 0;          // bits; 0: every table
  std::optional<std::string> key{};  // nullopt: every key

  bool matches(model::Table table, std::string_view of_key) const {
    return (tables == 0 || (tables & state::Interest::bit(table)) != 0) && (!key || *key == of_key);
  }
  bool matches(const model::Change& change) const {
    return matches(change.table(), key ? change.key() : std::string());
  }

  // What to wait for; more than matches may be in it.
  state::Interest interest() const {
    return tables == 0 ? state::Interest::everything()
                       : state::Interest{.kind = state::Interest::Kind::kTables, .tables = tables};
  }
};

}  // namespace weft::api::mesh
