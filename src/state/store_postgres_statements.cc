#include "state/store_postgres_statements.h"

#include <fmt/format.h>

namespace weft::state {

PgStatements::PgStatements(const std::string& schema) {
  const auto sql = [in = "\"" + schema + "\"", channel = schema + "_changes",
                    words = schema + "_words"](const char* text) {
    return fmt::format(fmt::runtime(text), fmt::arg("in", in), fmt::arg("channel", channel),
                       fmt::arg("words", words));
  };
  // Everything hangs on `moved`: without a row of it, which is a conflict, nothing happens. Its
  // update locks the one row of meta, which puts the appends of all nodes in a row. What a node
  // waits for there has later changes, or has failed.
  append = sql(
      "WITH moved AS (UPDATE {in}.meta SET last_index = $2, turn = NULL, trimmed_index ="
      "   greatest(trimmed_index, least($2 - $3, trimmed_index + $4),"
      // In the order of the indexes: one that is young enough ends it.
      "     (SELECT max(idx) FROM (SELECT idx, bool_and(time_ns < $5) OVER (ORDER BY idx) AS is_old"
      "       FROM (SELECT idx, time_ns FROM {in}.changes WHERE idx > meta.trimmed_index"
      "         ORDER BY idx LIMIT $4) oldest) aged WHERE is_old))"
      "   WHERE one = 1 AND last_index <= $1 AND (turn IS NULL OR turn = pg_backend_pid()"
      "     OR turn_until < clock_timestamp()) RETURNING trimmed_index),"
      " batch AS (SELECT u.* FROM moved,"
      "   unnest($6::int8[], $7::int8[], $8::bytea[], $9::text[], $10::bytea[], $11::int8[],"
      "     $12::bytea[], $13::bytea[], $14::bool[])"
      "   AS u(idx, time_ns, actor, tbl, key, created, before, after, is_last)),"
      " logged AS (INSERT INTO {in}.changes"
      "   SELECT idx, time_ns, actor, tbl, key, created, before, after FROM batch),"
      " put AS (INSERT INTO {in}.objects SELECT tbl, key, created, idx, after FROM batch"
      "   WHERE is_last AND after IS NOT NULL ON CONFLICT (tbl, key) DO UPDATE SET"
      "   created = excluded.created, modified = excluded.modified, body = excluded.body),"
      " gone AS (DELETE FROM {in}.objects o USING batch b"
      "   WHERE b.is_last AND b.after IS NULL AND o.tbl = b.tbl AND o.key = b.key),"
      // By a list of its indexes: a plain comparison might be planned to read the whole log.
      " trimmed AS (DELETE FROM {in}.changes WHERE idx = ANY(ARRAY("
      "   SELECT idx FROM {in}.changes WHERE idx <= (SELECT trimmed_index FROM moved)"
      "   ORDER BY idx LIMIT $4)))"
      " SELECT pg_notify('{channel}', $2::text) FROM moved");
  // All in one message, so that it holds no lock while a node thinks; and nothing that must last.
  take_turn =
      sql("BEGIN; SET LOCAL synchronous_commit = off;"
          "UPDATE {in}.meta SET turn = pg_backend_pid(),"
          " turn_until = clock_timestamp() + interval '500 ms'"
          " WHERE one = 1 AND (turn IS NULL OR turn_until < clock_timestamp()); COMMIT");
  add_reads(sql);
  add_words(sql);
}

void PgStatements::add_reads(const Fill& sql) {
  last_index = sql("SELECT last_index FROM {in}.meta");
  last_change =
      sql("SELECT m.last_index, c.idx, c.time_ns FROM {in}.meta m LEFT JOIN LATERAL"
          " (SELECT idx, time_ns FROM {in}.changes ORDER BY idx DESC LIMIT 1) c ON true");
  // In one statement, so that nothing is trimmed between the two questions.
  follow =
      sql("SELECT m.trimmed_index, c.* FROM {in}.meta m LEFT JOIN LATERAL"
          " (SELECT idx, time_ns, actor, tbl, key, created, before, after FROM {in}.changes"
          "   WHERE idx > $1 ORDER BY idx LIMIT $2) c ON true ORDER BY c.idx");
  history =
      sql("SELECT (SELECT idx FROM {in}.changes WHERE idx < $1 ORDER BY idx DESC OFFSET $2 - 1 "
          "LIMIT 1),"
          " c.* FROM (VALUES (1)) one LEFT JOIN LATERAL (SELECT * FROM"
          "   (SELECT idx, time_ns, actor, tbl, key, created, before, after FROM {in}.changes"
          "     WHERE idx < $1 ORDER BY idx DESC LIMIT $2) seen"
          "   WHERE ($3 = '' OR tbl = $3) AND ($4 = ''::bytea OR key = $4)"
          "   ORDER BY idx DESC LIMIT $5) c ON true ORDER BY c.idx DESC");
  find_anchor =
      sql("SELECT m.trimmed_index, c.time_ns FROM {in}.meta m"
          " LEFT JOIN {in}.changes c ON c.idx = $1");
  go_on = sql("UPDATE {in}.meta SET last_index = greatest(last_index, $1) + 1");
  declare_objects =
      sql("DECLARE weft_objects NO SCROLL CURSOR FOR"
          " SELECT tbl, key, created, modified, body FROM {in}.objects");
}

void PgStatements::add_words(const Fill& sql) {
  listen = sql("LISTEN {channel}; LISTEN {words}");
  words_channel = sql("{words}");
  tell = sql("SELECT pg_notify('{words}', word) FROM unnest($1::text[]) word");
  // Session locks: the server lets go of them when the session ends, however it ends.
  attend = "SELECT pg_try_advisory_lock($1::int8::int4, $2::int8::int4)::int4::int8";
  who_attends =
      "SELECT objid::int8 FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 AND granted"
      " AND classid = $1::int8::int4::oid AND database ="
      "   (SELECT oid FROM pg_database WHERE datname = current_database())";
}

}  // namespace weft::state
