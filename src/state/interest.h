// Interest: the part of the state somebody follows: everything, a table, a key, a prefix, a
// service.
#pragma once

#include "model/change.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace weft::state {

// Thread: any (a value).
struct Interest {
  enum class Kind : std::uint8_t { kEverything, kTable, kKey, kPrefix, kService };
  Kind kind = Kind::kEverything;
  model::Table table = model::Table::kServices;  // kTable, kKey, kPrefix
  std::string text{};                            // the key, the prefix, the service's name

  static Interest everything() { return {}; }
  static Interest of_table(model::Table table) { return {.kind = Kind::kTable, .table = table}; }
  static Interest of_key(model::Table table, std::string_view key) {
    return {Kind::kKey, table, std::string(key)};
  }
  // Keys of the table that start with `prefix`.
  static Interest of_prefix(model::Table table, std::string_view prefix) {
    return {Kind::kPrefix, table, std::string(prefix)};
  }
  // The service itself, its instances, their check statuses, its settings.
  static Interest of_service(std::string_view name) {
    return {.kind = Kind::kService, .text = std::string(name)};
  }

  bool operator==(const Interest&) const = default;

  bool matches(const model::Change& change) const;
};

struct InterestHash {
  std::size_t operator()(const Interest& interest) const {
    return std::hash<std::string>()(interest.text) * 31 +
           static_cast<std::size_t>(interest.kind) * 7 + static_cast<std::size_t>(interest.table);
  }
};

}  // namespace weft::state
