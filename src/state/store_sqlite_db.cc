#include "state/store_sqlite_db.h"

#include "base/check.h"

#include <sqlite3.h>

namespace weft::state {
namespace {

// Source: sqlite.org/rescode.html
std::unexpected<base::Error> fail_sqlite(sqlite3* db, int result) {
  base::Error error{base::Code::kIo, base::Side::kStore, base::Retry::kNever,
                    db != nullptr ? sqlite3_system_errno(db) : 0, sqlite3_errstr(result)};
  switch (result & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      error.code = base::Code::kUnavailable;
      error.what = "another process uses this database";
      break;
    case SQLITE_CORRUPT:
      error.what = "the database is damaged: restore a backup or move it away";
      break;
    case SQLITE_NOTADB:
      error.what = "the file is not a database";
      break;
    case SQLITE_FULL:
      error.code = base::Code::kNoSpace;
      break;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      error.code = base::Code::kForbidden;
      break;
    case SQLITE_CANTOPEN:
      error.code = base::error_from_errno(error.sys, "").code;
      break;
    default:
      break;
  }
  return std::unexpected(error);
}

}  // namespace

void SqliteStatement::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);  // repeats the last step's error, which was reported
}

void SqliteStatement::bind(int position, std::uint64_t value) {
  bind(position, static_cast<std::int64_t>(value));
}

void SqliteStatement::bind(int position, std::int64_t value) {
  WEFT_ASSERT(sqlite3_bind_int64(statement_.get(), position, value) == SQLITE_OK);
}

void SqliteStatement::bind(int position, std::string_view text) {
  WEFT_ASSERT(sqlite3_bind_text64(statement_.get(), position, text.data(), text.size(),
                                  SQLITE_STATIC, SQLITE_UTF8) == SQLITE_OK);
}

void SqliteStatement::bind(int position, const std::optional<std::string>& text) {
  if (text) {
    bind(position, std::string_view(*text));
  } else {
    WEFT_ASSERT(sqlite3_bind_null(statement_.get(), position) == SQLITE_OK);
  }
}

base::Result<bool> SqliteStatement::step() {
  const int result = sqlite3_step(statement_.get());
  if (result == SQLITE_ROW) {
    return true;
  }
  if (result == SQLITE_DONE) {
    return false;
  }
  return fail_sqlite(db_, result);
}

base::Result<void> SqliteStatement::run() {
  const auto stepped = step();
  reset();
  if (!stepped) {
    return base::fail(stepped.error());
  }
  return {};
}

void SqliteStatement::reset() {
  sqlite3_reset(statement_.get());  // repeats the last step's error, which was reported
}

std::uint64_t SqliteStatement::column_u64(int column) const {
  return static_cast<std::uint64_t>(column_i64(column));
}

std::int64_t SqliteStatement::column_i64(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

std::string SqliteStatement::column_text(int column) const {
  const void* text = sqlite3_column_blob(statement_.get(), column);
  const int bytes = sqlite3_column_bytes(statement_.get(), column);
  return text == nullptr
             ? std::string()
             : std::string(static_cast<const char*>(text), static_cast<std::size_t>(bytes));
}

std::optional<std::string> SqliteStatement::column_text_or_null(int column) const {
  if (sqlite3_column_type(statement_.get(), column) == SQLITE_NULL) {
    return std::nullopt;
  }
  return column_text(column);
}

void SqliteDb::Close::operator()(sqlite3* db) const { sqlite3_close_v2(db); }

base::Result<SqliteDb> SqliteDb::open(const std::string& path) {
  sqlite3* raw = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  const int result = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
  SqliteDb db(raw);
  if (result != SQLITE_OK) {
    return fail_sqlite(raw, result);
  }
  sqlite3_extended_result_codes(raw, 1);
  return db;
}

base::Result<void> SqliteDb::run(const char* sql) {
  const int result = sqlite3_exec(db_.get(), sql, nullptr, nullptr, nullptr);
  if (result != SQLITE_OK) {
    return fail_sqlite(db_.get(), result);
  }
  return {};
}

base::Result<SqliteStatement> SqliteDb::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int result = sqlite3_prepare_v3(db_.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (result != SQLITE_OK) {
    return fail_sqlite(db_.get(), result);
  }
  return SqliteStatement(db_.get(), statement);
}

base::Result<std::int64_t> SqliteDb::number(const char* sql) {
  WEFT_TRY(SqliteStatement statement, prepare(sql));
  WEFT_TRY(const bool has_row, statement.step());
  return has_row ? statement.column_i64(0) : 0;
}

}  // namespace weft::state
