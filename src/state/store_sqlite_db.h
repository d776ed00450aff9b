// The few SQLite calls that store_sqlite.cc needs, with errors as Result and handles owned.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace weft::state {

// A prepared statement: bind everything, then step until it says false, then reset.
// Thread: one at a time.
class SqliteStatement final {
 public:
  SqliteStatement() = default;
  SqliteStatement(sqlite3* db, sqlite3_stmt* statement) : db_(db), statement_(statement) {}

  // `position` counts from 1. Text is borrowed until reset().
  void bind(int position, std::uint64_t value);
  void bind(int position, std::int64_t value);
  void bind(int position, std::string_view text);
  void bind(int position, const std::optional<std::string>& text);

  // Returns: true when there is a row, false at the end.
  base::Result<bool> step();
  // Steps a statement without rows and resets it.
  base::Result<void> run();
  void reset();

  // Of the current row; `column` counts from 0.
  std::uint64_t column_u64(int column) const;
  std::int64_t column_i64(int column) const;
  std::string column_text(int column) const;
  std::optional<std::string> column_text_or_null(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  sqlite3* db_ = nullptr;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

// A connection, closed with the object; statements go first. Thread: one at a time.
class SqliteDb final {
 public:
  // Creates the file when it is missing.
  // Errors: kForbidden, kNotFound (no such folder), kNoSpace, kIo; side kStore.
  static base::Result<SqliteDb> open(const std::string& path);

  base::Result<void> run(const char* sql);
  base::Result<SqliteStatement> prepare(std::string_view sql);
  // The only value of a query such as "PRAGMA user_version".
  base::Result<std::int64_t> number(const char* sql);

 private:
  struct Close {
    void operator()(sqlite3* db) const;
  };
  explicit SqliteDb(sqlite3* db) : db_(db) {}
  std::unique_ptr<sqlite3, Close> db_;
};

}  // namespace weft::state
