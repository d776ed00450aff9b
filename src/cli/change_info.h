// Changes of the state and differences between two moments, as the API tells them and as a terminal
// shows them. Source: docs/history.md.
#pragma once

#include "base/described.h"
#include "base/json.h"
#include "base/time.h"
#include "cli/api_session.h"
#include "cli/command.h"
#include "cli/paint.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace weft::cli {

inline constexpr const char* kChangesApi = "/api/v1/changes";

struct ChangeInfo {
  std::uint64_t index = 0;
  base::WallTime time{};
  std::string actor;
  std::string table;
  std::string key;
  json::value before;  // null: created
  json::value after;   // null: deleted
};
BOOST_DESCRIBE_STRUCT(ChangeInfo, (), (index, time, actor, table, key, before, after))

// One answer of GET /changes.
struct ChangesPage {
  std::vector<ChangeInfo> changes;
  std::uint64_t index = 0;
  std::uint64_t next = 0;
  bool complete = true;
};
BOOST_DESCRIBE_STRUCT(ChangesPage, (), (changes, index, next, complete))

struct DifferenceInfo {
  std::string table;
  std::string key;
  json::value before;  // null: not there
  json::value after;   // null: not there
};
BOOST_DESCRIBE_STRUCT(DifferenceInfo, (), (table, key, before, after))

// One answer of GET /changes/diff.
struct DiffInfo {
  std::uint64_t from = 0;
  std::uint64_t to = 0;
  std::vector<DifferenceInfo> differences;
  std::uint64_t count = 0;
  bool complete = true;
};
BOOST_DESCRIBE_STRUCT(DiffInfo, (), (from, to, differences, count, complete))

// One field of an object that is not what it was.
struct FieldChange {
  std::string path;                 // "retry.retries"
  std::optional<json::value> from;  // nullopt: it was not there
  std::optional<json::value> to;    // nullopt: it is gone

  bool operator==(const FieldChange&) const = default;
};

// In the order of the object. Lists are one value. Of an object that is created or deleted, what it
// has but for empty values.
// Thread: any; pure.
std::vector<FieldChange> changed_fields(const json::value& before, const json::value& after);

// "port 80 -> 81, tags [] -> [\"blue\"]". Thread: any; pure.
std::string fields_text(const json::value& before, const json::value& after);

// For each object a line, "+" created, "-" deleted, "~" changed, and one for each of its fields.
// Thread: any; pure.
std::string differences_text(const std::vector<DifferenceInfo>& differences, const Paint& paint);

// A key on one line: its parts are kept apart by tabs.
std::string shown_key(const std::string& key);

// "--table", which may be given more than once; completion knows the names.
Option table_option(std::vector<std::string>& into);
// "&table=services&table=routes"
std::string table_query(const std::vector<std::string>& tables);

// A moment as people write it (base/moment.h), in the form for a query that says the same to the
// node. Errors: exit code 2.
Outcome<std::string> sent_moment(ApiSession& session, const std::string& text);

// What an answer holds. Errors: it is something else; the exit code is 1.
Outcome<ChangesPage> read_changes(const ApiUrl& url, const json::value& answer);
Outcome<DiffInfo> read_diff(const ApiUrl& url, const json::value& answer);

}  // namespace weft::cli
