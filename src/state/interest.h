// Interest: the part of the state somebody follows: everything, some tables, a key, a prefix, a
// service.
#pragma once

#include "model/change.h"
#include "model/view.h"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace weft::state {

// Thread: any (a value).
struct Interest {
  enum class Kind : std::uint8_t { kEverything, kTables, kKey, kPrefix, kService };
  Kind kind = Kind::kEverything;
  std::uint32_t tables = 0;  // bits by model::Table; one of them for kKey and kPrefix
  std::string text{};        // the key, the prefix, the service's name

  static constexpr std::uint32_t bit(model::Table table) {
    return std::uint32_t{1} << static_cast<unsigned>(table);
  }
  static Interest everything() { return {}; }
  static Interest of_table(model::Table table) { return of_tables({table}); }
  static Interest of_tables(std::initializer_list<model::Table> tables) {
    Interest interest{.kind = Kind::kTables};
    for (const model::Table table : tables) {
      interest.tables |= bit(table);
    }
    return interest;
  }
  static Interest of_key(model::Table table, std::string_view key) {
    return {Kind::kKey, bit(table), std::string(key)};
  }
  // Keys of the table that start with `prefix`.
  static Interest of_prefix(model::Table table, std::string_view prefix) {
    return {Kind::kPrefix, bit(table), std::string(prefix)};
  }
  // The service itself, its instances, their check statuses, its settings, and the nodes its
  // instances are on with their checks.
  static Interest of_service(std::string_view name) {
    return {.kind = Kind::kService, .text = std::string(name)};
  }

  bool operator==(const Interest&) const = default;

  // Of kService only what is about the service by name; see each_service().
  bool matches(const model::Change& change) const;
};

// Calls `call` with the name of each service that a change is about, some of them twice. `view` is
// the state after the change: one of a node is about all services that have instances there.
template <class Call>
void each_service(const model::Change& change, const model::View& view, Call call) {
  const std::string_view before = service_of(change.before);
  const std::string_view after = service_of(change.after);
  if (!before.empty()) {
    call(before);
  }
  if (!after.empty() && after != before) {
    call(after);
  }
  const std::string_view node = node_of(change.row());
  if (node.empty()) {
    return;
  }
  std::string_view last;
  for (const auto& row : view.instances_on(node)) {
    if (row->object.service != last) {
      last = row->object.service;
      call(last);
    }
  }
}

struct InterestHash {
  std::size_t operator()(const Interest& interest) const {
    return std::hash<std::string>()(interest.text) * 31 +
           static_cast<std::size_t>(interest.kind) * 7 + interest.tables;
  }
};

}  // namespace weft::state
