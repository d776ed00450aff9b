#include "state/store_postgres_schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>

namespace weft::state {
namespace {

// Step N brings a schema of version N to N + 1. A released step is never edited. {0} is the schema,
// quoted. Whatever came from outside is kept as bytes: the encoding of the database does not matter
// then.
constexpr std::array kPgSchemaSteps = {
    "CREATE TABLE {0}.objects("
    "  tbl text COLLATE \"C\" NOT NULL, key bytea NOT NULL, created int8 NOT NULL,"
    "  modified int8 NOT NULL, body bytea NOT NULL, PRIMARY KEY(tbl, key));"
    "CREATE TABLE {0}.changes("
    "  idx int8 PRIMARY KEY, time_ns int8 NOT NULL, actor bytea NOT NULL,"
    "  tbl text COLLATE \"C\" NOT NULL, key bytea NOT NULL, created int8 NOT NULL, before bytea,"
    "  after bytea);"
    // The highest index ever given and the highest the log has forgotten. One row that every write
    // changes: room beside it keeps its versions on one page.
    // `turn`: the server's process that is to append next, for a while.
    "CREATE TABLE {0}.meta(one int4 PRIMARY KEY CHECK(one = 1), last_index int8 NOT NULL,"
    "  trimmed_index int8 NOT NULL, turn int4, turn_until timestamptz NOT NULL DEFAULT '-infinity')"
    "  WITH (fillfactor = 50);"
    "INSERT INTO {0}.meta VALUES(1, 0, 0);",
};

std::string quoted(const std::string& schema) { return "\"" + schema + "\""; }

struct SchemaState {
  bool has_version = false;
  bool has_others = false;  // tables, and none of them says which version of weft made it
};

base::Result<SchemaState> look_at(PgConnection& db, const std::string& schema,
                                  base::MonoTime deadline) {
  WEFT_TRY(const PgRows rows,
           db.run("SELECT c.relname = 'schema_version' FROM pg_class c JOIN pg_namespace n"
                  " ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relkind IN ('r', 'p')"
                  " ORDER BY 1 DESC LIMIT 1",
                  PgArguments().add(schema), deadline));
  SchemaState state;
  if (rows.count() > 0) {
    state.has_version = rows.bytes(0, 0) == std::string_view("\1", 1);
    state.has_others = !state.has_version;
  }
  return state;
}

base::Result<std::size_t> version_of(PgConnection& db, const std::string& schema,
                                     base::MonoTime deadline) {
  WEFT_TRY(const SchemaState state, look_at(db, schema, deadline));
  if (state.has_others) {
    return base::fail(base::Code::kInvalid, "PostgreSQL: the schema belongs to another program",
                      base::Side::kStore);
  }
  if (!state.has_version) {
    return std::size_t{0};
  }
  WEFT_TRY(
      const PgRows rows,
      db.run(fmt::format("SELECT version FROM {}.schema_version", quoted(schema)), {}, deadline));
  const std::int64_t version = rows.count() == 1 ? rows.number(0, 0) : -1;
  if (version < 0) {
    return base::fail(base::Code::kInvalid, "PostgreSQL: the schema belongs to another program",
                      base::Side::kStore);
  }
  if (static_cast<std::size_t>(version) > kPgSchemaSteps.size()) {
    return base::fail(base::Code::kUnsupported, "the database was written by a newer weft",
                      base::Side::kStore);
  }
  return static_cast<std::size_t>(version);
}

// Within a transaction that has the lock.
base::Result<void> take_steps(PgConnection& db, const std::string& schema,
                              base::MonoTime deadline) {
  // Another node may have taken them while this one waited for the lock.
  WEFT_TRY(const std::size_t version, version_of(db, schema, deadline));
  if (version == 0) {
    WEFT_TRY(const PgRows there, db.run("SELECT 1 FROM pg_namespace WHERE nspname = $1",
                                        PgArguments().add(schema), deadline));
    // Asked first: to create it, even if it is there, takes a right on the whole database.
    if (there.count() == 0) {
      WEFT_TRY_VOID(db.run_script(fmt::format("CREATE SCHEMA {}", quoted(schema)), deadline));
    }
    WEFT_TRY_VOID(db.run_script(fmt::format("CREATE TABLE {0}.schema_version(one int4 PRIMARY KEY"
                                            " CHECK(one = 1), version int8 NOT NULL);"
                                            "INSERT INTO {0}.schema_version VALUES(1, 0)",
                                            quoted(schema)),
                                deadline));
  }
  for (std::size_t step = version; step < kPgSchemaSteps.size(); ++step) {
    WEFT_TRY_VOID(db.run_script(fmt::format(fmt::runtime(kPgSchemaSteps.at(step)), quoted(schema)),
                                deadline));
    WEFT_TRY_VOID(db.run_script(
        fmt::format("UPDATE {}.schema_version SET version = {}", quoted(schema), step + 1),
        deadline));
  }
  return {};
}

}  // namespace

base::Result<void> check_schema_name(std::string_view schema) {
  constexpr std::size_t kSchemaBytesMax = 48;  // a channel's name is made of it: 63 at most
  const bool is_name = !schema.empty() && schema.size() <= kSchemaBytesMax &&
                       schema.front() >= 'a' && schema.front() <= 'z' &&
                       !schema.starts_with("pg_") && std::ranges::all_of(schema, [](char c) {
                         return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
                       });
  if (!is_name) {
    return base::fail(base::Code::kInvalid,
                      "not a schema's name: at most 48 lower-case letters, digits and _");
  }
  return {};
}

// synchronous_commit: a commit is answered when it is flushed, here and where the server is told to
// wait for a standby, there; what asks for more than "on" stays. A transaction that stands still,
// for its node is gone, may not keep others out.
base::Result<void> set_up_session(PgConnection& db, base::Millis statement_max,
                                  base::MonoTime deadline) {
  return db.run_script(fmt::format("SET statement_timeout = {0}; SET lock_timeout = {0};"
                                   "SET idle_in_transaction_session_timeout = {0};"
                                   "SET default_transaction_isolation = 'read committed';"
                                   "SET jit = off;"
                                   "SELECT set_config('synchronous_commit', 'on', false)"
                                   " WHERE current_setting('synchronous_commit') <> 'remote_apply'",
                                   statement_max.count()),
                       deadline);
}

base::Result<void> upgrade_postgres_schema(PgConnection& db, const std::string& schema,
                                           base::MonoTime deadline) {
  WEFT_TRY(const std::size_t version, version_of(db, schema, deadline));
  if (version == kPgSchemaSteps.size()) {
    return {};
  }
  WEFT_TRY_VOID(db.run_script("BEGIN", deadline));
  WEFT_TRY_VOID(db.run("SELECT pg_advisory_xact_lock(hashtextextended('weft schema ' || $1, 0))",
                       PgArguments().add(schema), deadline));
  const auto taken = take_steps(db, schema, deadline);
  if (!taken) {
    base::ignore(db.run_script("ROLLBACK", deadline), "the transaction is gone either way");
    return taken;
  }
  return db.run_script("COMMIT", deadline);
}

}  // namespace weft::state
