#include "state/store_sqlite.h"

#include "state/store_sqlite_db.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace weft::state {
namespace {

constexpr std::int64_t kApplicationId = 0x77656674;  // "weft", in the file's header

// Step N brings a database of version N to N + 1. A released step is never edited.
constexpr std::array kSchemaSteps = {
    "CREATE TABLE objects("
    "  tbl TEXT NOT NULL, key TEXT NOT NULL, created INTEGER NOT NULL, modified INTEGER NOT NULL,"
    "  body TEXT NOT NULL, PRIMARY KEY(tbl, key)) WITHOUT ROWID;"
    "CREATE TABLE changes("
    "  idx INTEGER PRIMARY KEY, time_ns INTEGER NOT NULL, actor TEXT NOT NULL, tbl TEXT NOT NULL,"
    "  key TEXT NOT NULL, created INTEGER NOT NULL, before TEXT, after TEXT);"
    // The highest index ever given and the highest the log has forgotten.
    "CREATE TABLE meta(one INTEGER PRIMARY KEY CHECK(one = 1), last_index INTEGER NOT NULL,"
    "  trimmed_index INTEGER NOT NULL);"
    "INSERT INTO meta VALUES(1, 0, 0);",
};

constexpr std::string_view kChangeColumns =
    "SELECT idx, time_ns, actor, tbl, key, created, before, after FROM changes";

// A page of history reads at most this many entries, so that a write never waits long behind it.
constexpr std::size_t kHistoryScanMax = 20'000;

StoredChange read_change(const SqliteStatement& row) {
  return {.index = row.column_u64(0),
          .time = base::WallTime(base::Nanos(row.column_i64(1))),
          .actor = row.column_text(2),
          .table = row.column_text(3),
          .key = row.column_text(4),
          .created_index = row.column_u64(5),
          .before = row.column_text_or_null(6),
          .after = row.column_text_or_null(7)};
}

base::Result<void> upgrade_schema(SqliteDb& db) {
  WEFT_TRY(const std::int64_t application, db.number("PRAGMA application_id"));
  WEFT_TRY(const std::int64_t tables, db.number("SELECT count(*) FROM sqlite_master"));
  if (application != kApplicationId && (application != 0 || tables != 0)) {
    return base::fail(base::Code::kInvalid, "the database belongs to another program",
                      base::Side::kStore);
  }
  WEFT_TRY(const std::int64_t version, db.number("PRAGMA user_version"));
  if (version < 0 || static_cast<std::size_t>(version) > kSchemaSteps.size()) {
    return base::fail(base::Code::kUnsupported, "the database was written by a newer weft",
                      base::Side::kStore);
  }
  for (auto step = static_cast<std::size_t>(version); step < kSchemaSteps.size(); ++step) {
    const std::string sql = fmt::format(
        "BEGIN IMMEDIATE;{} PRAGMA application_id = {}; PRAGMA user_version = {}; COMMIT",
        kSchemaSteps[step], kApplicationId, step + 1);
    WEFT_TRY_VOID(db.run(sql.c_str()));
  }
  return {};
}

std::unexpected<base::Error> released() {
  return base::fail(base::Code::kUnavailable, "another process has the database",
                    base::Side::kStore, base::Retry::kSafe);
}

}  // namespace

struct StoreSqlite::Open {
  SqliteDb db;
  Retention retention;
  SqliteStatement begin;
  SqliteStatement commit;
  SqliteStatement rollback;
  SqliteStatement put_object;
  SqliteStatement delete_object;
  SqliteStatement put_change;
  SqliteStatement trim;
  SqliteStatement oldest;
  SqliteStatement put_meta;
  std::uint64_t last_index = 0;
  std::uint64_t trimmed_index = 0;  // changes up to this one may be gone

  explicit Open(SqliteDb opened) : db(std::move(opened)) {}

  base::Result<void> prepare();
  base::Result<void> write(std::span<const StoredChange> changes);
  base::Result<void> write_one(const StoredChange& change);
  // Up to which index the log forgets now, at most `steps` changes more.
  base::Result<std::uint64_t> trim_target(const StoredChange& newest, std::uint64_t steps);
};

StoreSqlite::StoreSqlite(Options options, std::unique_ptr<Open> open)
    : options_(std::move(options)), open_(std::move(open)) {}
StoreSqlite::~StoreSqlite() = default;

base::Result<std::unique_ptr<StoreSqlite>> StoreSqlite::open(const Options& options) {
  WEFT_TRY(auto open, open_database(options, base::Millis(0)));
  // house(new): the constructor is private.
  return std::unique_ptr<StoreSqlite>(new StoreSqlite(options, std::move(open)));
}

base::Result<std::unique_ptr<StoreSqlite::Open>> StoreSqlite::open_database(const Options& options,
                                                                            base::Millis patience) {
  WEFT_TRY(SqliteDb db, SqliteDb::open(options.path));
  WEFT_TRY_VOID(db.run(fmt::format("PRAGMA busy_timeout = {}", patience.count()).c_str()));
  // Exclusive: a second process is refused, and no shared-memory file is needed.
  WEFT_TRY_VOID(db.run("PRAGMA locking_mode = EXCLUSIVE"));
  WEFT_TRY_VOID(db.run("PRAGMA journal_mode = WAL"));
  WEFT_TRY_VOID(db.run("PRAGMA synchronous = FULL"));
  WEFT_TRY_VOID(db.run("PRAGMA temp_store = MEMORY"));
  WEFT_TRY_VOID(db.run("PRAGMA cache_size = -2048"));             // KiB
  WEFT_TRY_VOID(db.run("PRAGMA journal_size_limit = 16777216"));  // bytes left after a checkpoint
  WEFT_TRY_VOID(upgrade_schema(db));
  auto open = std::make_unique<Open>(std::move(db));
  open->retention = options.retention;
  WEFT_TRY_VOID(open->prepare());
  return open;
}

// The last connection writes the log back into the database and lets its lock go.
base::Result<void> StoreSqlite::release() {
  const base::MutexLock lock(mutex_);
  open_.reset();
  return {};
}

base::Result<void> StoreSqlite::take_back() {
  const base::MutexLock lock(mutex_);
  if (open_ == nullptr) {
    WEFT_TRY(open_, open_database(options_, options_.take_back_patience));
  }
  return {};
}

base::Result<void> StoreSqlite::Open::prepare() {
  WEFT_TRY(begin, db.prepare("BEGIN IMMEDIATE"));
  WEFT_TRY(commit, db.prepare("COMMIT"));
  WEFT_TRY(rollback, db.prepare("ROLLBACK"));
  WEFT_TRY(put_object,
           db.prepare("INSERT INTO objects(tbl, key, created, modified, body) VALUES(?,?,?,?,?) "
                      "ON CONFLICT(tbl, key) DO UPDATE SET created = excluded.created, "
                      "modified = excluded.modified, body = excluded.body"));
  WEFT_TRY(delete_object, db.prepare("DELETE FROM objects WHERE tbl = ? AND key = ?"));
  WEFT_TRY(put_change, db.prepare("INSERT INTO changes VALUES(?,?,?,?,?,?,?,?)"));
  WEFT_TRY(trim, db.prepare("DELETE FROM changes WHERE idx <= ?"));
  WEFT_TRY(oldest,
           db.prepare("SELECT idx, time_ns FROM changes WHERE idx > ? ORDER BY idx LIMIT ?"));
  WEFT_TRY(put_meta, db.prepare("UPDATE meta SET last_index = ?, trimmed_index = ?"));
  WEFT_TRY(const std::int64_t last, db.number("SELECT last_index FROM meta"));
  WEFT_TRY(const std::int64_t trimmed, db.number("SELECT trimmed_index FROM meta"));
  last_index = static_cast<std::uint64_t>(last);
  trimmed_index = static_cast<std::uint64_t>(trimmed);
  // The first write of a process takes the lock; take it now, so that a second process is refused
  // at its start. An empty transaction costs no fsync.
  WEFT_TRY_VOID(begin.run());
  return commit.run();
}

base::Result<std::uint64_t> StoreSqlite::load(const ObjectSink& each) {
  const base::MutexLock lock(mutex_);
  if (open_ == nullptr) {
    return released();
  }
  WEFT_TRY(SqliteStatement rows,
           open_->db.prepare("SELECT tbl, key, created, modified, body FROM objects"));
  while (true) {
    WEFT_TRY(const bool has_row, rows.step());
    if (!has_row) {
      return open_->last_index;
    }
    WEFT_TRY_VOID(each({.table = rows.column_text(0),
                        .key = rows.column_text(1),
                        .body = rows.column_text(4),
                        .created_index = rows.column_u64(2),
                        .modified_index = rows.column_u64(3)}));
  }
}

base::Result<void> StoreSqlite::append(std::uint64_t last_index,
                                       std::span<const StoredChange> changes) {
  const base::MutexLock lock(mutex_);
  if (open_ == nullptr) {
    return released();
  }
  if (open_->last_index > last_index) {
    return base::fail(base::Code::kConflict, "the store has later changes", base::Side::kStore,
                      base::Retry::kSafe);
  }
  if (changes.empty()) {
    return {};
  }
  WEFT_TRY_VOID(open_->begin.run());
  const auto written = open_->write(changes);
  if (!written) {
    // After some errors SQLite has rolled back by itself and says there is no transaction.
    base::ignore(open_->rollback.run(), "the transaction is gone either way");
    return written;
  }
  open_->last_index = changes.back().index;
  return {};
}

base::Result<void> StoreSqlite::Open::write(std::span<const StoredChange> changes) {
  for (const StoredChange& change : changes) {
    WEFT_TRY_VOID(write_one(change));
  }
  const std::uint64_t last = changes.back().index;
  // Twice as fast as the log grows, so it shrinks to its bound in small steps.
  WEFT_TRY(const std::uint64_t trim_to, trim_target(changes.back(), 2 * changes.size()));
  if (trim_to > trimmed_index) {
    trim.bind(1, trim_to);
    WEFT_TRY_VOID(trim.run());
  }
  const std::uint64_t trimmed = std::max(trimmed_index, trim_to);
  put_meta.bind(1, last);
  put_meta.bind(2, trimmed);
  WEFT_TRY_VOID(put_meta.run());
  WEFT_TRY_VOID(commit.run());
  trimmed_index = trimmed;
  return {};
}

base::Result<std::uint64_t> StoreSqlite::Open::trim_target(const StoredChange& newest,
                                                           std::uint64_t steps) {
  const std::uint64_t kept = retention.changes_max;
  std::uint64_t target =
      std::min(newest.index > kept ? newest.index - kept : 0, trimmed_index + steps);
  if (retention.age_max == base::Nanos(0)) {
    return target;
  }
  const base::WallTime cut = newest.time - retention.age_max;
  oldest.bind(1, trimmed_index);
  oldest.bind(2, steps);
  base::Result<bool> has_row = oldest.step();
  while (has_row && *has_row && oldest.column_i64(1) < cut.time_since_epoch().count()) {
    target = std::max(target, oldest.column_u64(0));
    has_row = oldest.step();
  }
  oldest.reset();
  return has_row ? base::Result<std::uint64_t>(target) : base::fail(has_row.error());
}

base::Result<void> StoreSqlite::Open::write_one(const StoredChange& change) {
  put_change.bind(1, change.index);
  put_change.bind(2, change.time.time_since_epoch().count());
  put_change.bind(3, std::string_view(change.actor));
  put_change.bind(4, std::string_view(change.table));
  put_change.bind(5, std::string_view(change.key));
  put_change.bind(6, change.created_index);
  put_change.bind(7, change.before);
  put_change.bind(8, change.after);
  WEFT_TRY_VOID(put_change.run());
  if (!change.after) {
    delete_object.bind(1, std::string_view(change.table));
    delete_object.bind(2, std::string_view(change.key));
    return delete_object.run();
  }
  put_object.bind(1, std::string_view(change.table));
  put_object.bind(2, std::string_view(change.key));
  put_object.bind(3, change.created_index);
  put_object.bind(4, change.index);
  put_object.bind(5, std::string_view(*change.after));
  return put_object.run();
}

base::Result<std::vector<StoredChange>> StoreSqlite::follow(std::uint64_t index,
                                                            std::size_t limit) {
  const base::MutexLock lock(mutex_);
  if (open_ == nullptr) {
    return released();
  }
  if (index < open_->trimmed_index) {
    return base::fail(base::Code::kNotFound, "older changes are no longer kept",
                      base::Side::kStore);
  }
  WEFT_TRY(SqliteStatement rows,
           open_->db.prepare(fmt::format("{} WHERE idx > ? ORDER BY idx LIMIT ?", kChangeColumns)));
  rows.bind(1, index);
  rows.bind(2, static_cast<std::uint64_t>(limit));
  std::vector<StoredChange> found;
  while (true) {
    WEFT_TRY(const bool has_row, rows.step());
    if (!has_row) {
      return found;
    }
    found.push_back(read_change(rows));
  }
}

base::Result<HistoryPage> StoreSqlite::history(const HistoryQuery& query) {
  const base::MutexLock lock(mutex_);
  if (open_ == nullptr) {
    return released();
  }
  WEFT_TRY(SqliteStatement rows,
           open_->db.prepare(fmt::format("{} WHERE idx < ? ORDER BY idx DESC", kChangeColumns)));
  rows.bind(1, query.before_index);
  HistoryPage page;
  std::uint64_t last_read = query.before_index;
  for (std::size_t scanned = 0;; ++scanned) {
    WEFT_TRY(const bool has_row, rows.step());
    if (!has_row) {
      return page;
    }
    if (page.changes.size() >= query.limit || scanned >= kHistoryScanMax) {
      page.next_before_index = last_read;
      return page;
    }
    last_read = rows.column_u64(0);
    if ((query.table.empty() || rows.column_text(3) == query.table) &&
        (query.key.empty() || rows.column_text(4) == query.key)) {
      page.changes.push_back(read_change(rows));
    }
  }
}

}  // namespace weft::state
