#include "state/store_sqlite.h"

#include "state/temp_dir_for_test.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace weft::state {
namespace {

void run_sql(const std::string& path, const char* sql) {
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &db), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(db, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(db);
  sqlite3_close(db);
}

StoredChange change(std::uint64_t index) {
  return {.index = index,
          .actor = "tester",
          .table = "settings",
          .key = "key " + std::to_string(index),
          .created_index = index,
          .before = std::nullopt,
          .after = std::string(500, 'x')};
}

base::Error open_error(const std::string& path) {
  const auto store = StoreSqlite::open({.path = path});
  EXPECT_FALSE(store);
  return store ? base::Error{} : store.error();
}

void create(const std::string& path, std::uint64_t changes) {
  const auto store = StoreSqlite::open({.path = path});
  ASSERT_TRUE(store) << base::describe(store.error());
  std::vector<StoredChange> batch;
  for (std::uint64_t index = 1; index <= changes; ++index) {
    batch.push_back(change(index));
  }
  ASSERT_TRUE((*store)->append(0, batch));
}

TEST(StoreSqlite, SecondOpenerIsRefusedWhileTheFirstHoldsIt) {
  const TempDir dir;
  const auto first = StoreSqlite::open({.path = dir.path("a.db")});
  ASSERT_TRUE(first);
  const base::Error error = open_error(dir.path("a.db"));
  EXPECT_EQ(error.code, base::Code::kUnavailable);
  EXPECT_STREQ(error.what, "another process uses this database");
}

TEST(StoreSqlite, ADatabaseOfANewerVersionIsRefusedUntouched) {
  const TempDir dir;
  create(dir.path("a.db"), 1);
  run_sql(dir.path("a.db"), "PRAGMA user_version = 99");
  const base::Error error = open_error(dir.path("a.db"));
  EXPECT_EQ(error.code, base::Code::kUnsupported);
  EXPECT_STREQ(error.what, "the database was written by a newer weft");
}

TEST(StoreSqlite, AnotherProgramsDatabaseIsRefused) {
  const TempDir dir;
  run_sql(dir.path("a.db"), "CREATE TABLE theirs(x)");
  EXPECT_EQ(open_error(dir.path("a.db")).code, base::Code::kInvalid);
}

TEST(StoreSqlite, AFileThatIsNoDatabaseIsRefused) {
  const TempDir dir;
  std::ofstream(dir.path("a.db")) << std::string(5000, 'z');
  const base::Error error = open_error(dir.path("a.db"));
  EXPECT_EQ(error.code, base::Code::kIo);
  EXPECT_STREQ(error.what, "the file is not a database");
}

TEST(StoreSqlite, AMissingFolderIsNamedAsSuch) {
  const TempDir dir;
  EXPECT_EQ(open_error(dir.path("none/a.db")).code, base::Code::kNotFound);
}

TEST(StoreSqlite, ADamagedDatabaseSaysSoInsteadOfLosingRows) {
  const TempDir dir;
  create(dir.path("a.db"), 200);
  const auto bytes = std::filesystem::file_size(dir.path("a.db"));
  ASSERT_GT(bytes, 20'000U);
  {
    std::fstream file(dir.path("a.db"), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(8192);  // keeps the header and the schema, spoils the pages behind
    file << std::string(bytes - 8192, '\xff');
  }
  const auto store = StoreSqlite::open({.path = dir.path("a.db")});
  base::Error error;
  if (store) {
    const auto loaded = (*store)->load([](StoredObject) -> base::Result<void> { return {}; });
    ASSERT_FALSE(loaded);
    error = loaded.error();
  } else {
    error = store.error();
  }
  EXPECT_EQ(error.code, base::Code::kIo);
  EXPECT_STREQ(error.what, "the database is damaged: restore a backup or move it away");
}

TEST(StoreSqlite, AFailedAppendLeavesNothingOfItsBatch) {
  const TempDir dir;
  const auto store = StoreSqlite::open({.path = dir.path("a.db")});
  ASSERT_TRUE(store);
  ASSERT_TRUE((*store)->append(0, std::vector{change(1)}));
  // The second entry repeats an index the log has: the constraint fails in mid-transaction.
  std::vector<StoredChange> batch{change(2), change(1)};
  ASSERT_FALSE((*store)->append(1, batch));
  EXPECT_EQ((*store)->follow(0, 10)->size(), 1U);
  EXPECT_TRUE((*store)->append(1, std::vector{change(2)})) << "the store is usable again";
}

TEST(StoreSqlite, WritesEveryCommitThroughToTheDisk) {
  const TempDir dir;
  create(dir.path("a.db"), 1);
  const auto store = StoreSqlite::open({.path = dir.path("a.db")});
  ASSERT_TRUE(store);
  ASSERT_TRUE((*store)->append(1, std::vector{change(2)}));
  EXPECT_TRUE(std::filesystem::exists(dir.path("a.db-wal")));
  EXPECT_FALSE(std::filesystem::exists(dir.path("a.db-shm"))) << "held exclusively";
}

TEST(StoreSqlite, AReleasedDatabaseCanBeAnotherProcesss) {
  const TempDir dir;
  StoreSqlite::Options options;
  options.path = dir.path("weft.db");
  options.take_back_patience = base::Millis(0);
  auto ours = StoreSqlite::open(options);
  ASSERT_TRUE(ours);
  ASSERT_TRUE((*ours)->release());
  auto theirs = StoreSqlite::open({.path = dir.path("weft.db")});
  ASSERT_TRUE(theirs) << base::describe(theirs.error());
  EXPECT_EQ((*ours)->take_back().error().code, base::Code::kUnavailable);
  theirs->reset();
  EXPECT_TRUE((*ours)->take_back());
}

}  // namespace
}  // namespace weft::state
