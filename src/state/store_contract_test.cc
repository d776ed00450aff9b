// What every store promises. A store for another engine joins by a line in StoreKinds.
#include "state/postgres_for_test.h"
#include "state/store_memory.h"
#include "state/store_postgres.h"
#include "state/store_sqlite.h"
#include "state/temp_dir_for_test.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>

namespace weft::state {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::size_t kChangesKept = 100;
constexpr base::Nanos kAgeKept = std::chrono::hours(1);
constexpr Retention kRetention{.changes_max = kChangesKept, .age_max = kAgeKept};

// Makes the store and opens it again as after a restart.
struct MemoryKind {
  static bool is_there() { return true; }
  StoreMemory store{{.retention = kRetention}};
  Store& open() { return store; }
};

struct SqliteKind {
  static bool is_there() { return true; }
  TempDir dir;
  std::unique_ptr<StoreSqlite> store;
  Store& open() {
    store.reset();
    auto opened = StoreSqlite::open({.path = dir.path("weft.db"), .retention = kRetention});
    EXPECT_TRUE(opened) << base::describe(opened.error());
    store = std::move(*opened);
    return *store;
  }
};

struct PostgresKind {
  static bool is_there() { return PostgresForTest::is_installed(); }
  PostgresForTest* server = nullptr;
  std::string schema;
  std::unique_ptr<StorePostgres> store;
  Store& open() {
    if (server == nullptr) {
      server = PostgresForTest::start_once();
      schema = server->new_schema();
    }
    store.reset();
    StorePostgres::Options options;
    options.url = server->url();
    options.schema = schema;
    options.retention = kRetention;
    auto opened = StorePostgres::open(options);
    EXPECT_TRUE(opened) << base::describe(opened.error());
    store = std::move(*opened);
    return *store;
  }
};

StoredChange stored(std::uint64_t index, std::string key, std::string body) {
  return {.index = index,
          .time = base::WallTime(base::Nanos(1'700'000'000'123'456'789)),
          .actor = "tester",
          .table = "instances",
          .key = std::move(key),
          .created_index = index,
          .before = std::nullopt,
          .after = std::move(body)};
}

StoredChange removal(std::uint64_t index, std::string key, std::string body) {
  StoredChange change = stored(index, std::move(key), "");
  change.before = std::move(body);
  change.after.reset();
  return change;
}

std::vector<std::uint64_t> indexes(const std::vector<StoredChange>& changes) {
  std::vector<std::uint64_t> all;
  all.reserve(changes.size());
  for (const StoredChange& change : changes) {
    all.push_back(change.index);
  }
  return all;
}

template <class Kind>
class StoreContract : public testing::Test {
 protected:
  struct Loaded {
    std::uint64_t index = 0;
    std::map<std::string, StoredObject> objects;
  };

  Loaded load() {
    Loaded loaded;
    const auto index = store_->load([&](StoredObject object) -> base::Result<void> {
      const std::string key = object.table + "/" + object.key;
      loaded.objects[key] = std::move(object);
      return {};
    });
    EXPECT_TRUE(index);
    loaded.index = index.value_or(0);
    return loaded;
  }

  base::Result<void> append(std::uint64_t last_index, const std::vector<StoredChange>& changes) {
    return store_->append(last_index, changes);
  }

  void restart() { store_ = &kind_.open(); }

  void SetUp() override {
    if (!Kind::is_there()) {
      GTEST_SKIP() << PostgresForTest::kMissing;
    }
    restart();
  }

  Kind kind_;
  Store* store_ = nullptr;
};

using StoreKinds = testing::Types<MemoryKind, SqliteKind, PostgresKind>;
TYPED_TEST_SUITE(StoreContract, StoreKinds);

TYPED_TEST(StoreContract, ANewStoreIsEmptyAndAtIndexZero) {
  const auto loaded = this->load();
  EXPECT_EQ(loaded.index, 0U);
  EXPECT_TRUE(loaded.objects.empty());
  EXPECT_THAT(indexes(*this->store_->follow(0, 10)), IsEmpty());
  EXPECT_THAT(this->store_->history({})->changes, IsEmpty());
}

TYPED_TEST(StoreContract, WhatWasAppendedIsThereAfterARestart) {
  ASSERT_TRUE(this->append(0, {stored(1, "a", R"({"x":1})"), stored(2, "ä b", "{}")}));
  this->restart();
  const auto loaded = this->load();
  EXPECT_EQ(loaded.index, 2U);
  ASSERT_EQ(loaded.objects.size(), 2U);
  EXPECT_EQ(loaded.objects.at("instances/a"), (StoredObject{"instances", "a", R"({"x":1})", 1, 1}));
  EXPECT_EQ(loaded.objects.at("instances/ä b").body, "{}");
}

TYPED_TEST(StoreContract, AReplacedObjectKeepsItsCreationAndTakesTheNewBody) {
  ASSERT_TRUE(this->append(0, {stored(1, "a", "1")}));
  StoredChange second = stored(2, "a", "2");
  second.created_index = 1;
  second.before = "1";
  ASSERT_TRUE(this->append(1, {second}));
  this->restart();
  EXPECT_EQ(this->load().objects.at("instances/a"), (StoredObject{"instances", "a", "2", 1, 2}));
}

TYPED_TEST(StoreContract, EqualKeysOfDifferentTablesAreDifferentObjects) {
  StoredChange other = stored(2, "a", "other");
  other.table = "services";
  ASSERT_TRUE(this->append(0, {stored(1, "a", "one"), other}));
  const auto loaded = this->load();
  EXPECT_EQ(loaded.objects.at("instances/a").body, "one");
  EXPECT_EQ(loaded.objects.at("services/a").body, "other");
}

TYPED_TEST(StoreContract, TheIndexDoesNotGoBackWhenTheLastChangesWereDeletions) {
  ASSERT_TRUE(this->append(0, {stored(1, "a", "1"), stored(2, "b", "2")}));
  ASSERT_TRUE(this->append(2, {removal(3, "b", "2"), removal(4, "a", "1")}));
  this->restart();
  const auto loaded = this->load();
  EXPECT_EQ(loaded.index, 4U);
  EXPECT_TRUE(loaded.objects.empty());
}

TYPED_TEST(StoreContract, GapsBetweenIndexesAreAllowed) {
  ASSERT_TRUE(this->append(0, {stored(5, "a", "1")}));
  ASSERT_TRUE(this->append(9, {stored(12, "b", "1")}));
  this->restart();
  EXPECT_EQ(this->load().index, 12U);
  EXPECT_THAT(indexes(*this->store_->follow(0, 10)), ElementsAre(5, 12));
}

TYPED_TEST(StoreContract, AnAppendByAWriterThatMissedAChangeIsRefusedWhole) {
  ASSERT_TRUE(this->append(0, {stored(1, "a", "1"), stored(2, "b", "1")}));
  const auto late = this->append(1, {stored(3, "c", "1")});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, base::Code::kConflict);
  EXPECT_EQ(this->load().objects.size(), 2U);
  EXPECT_TRUE(this->append(2, {stored(3, "c", "1")}));
}

TYPED_TEST(StoreContract, FollowReturnsWhatCameAfterInOrderAndWithEveryField) {
  const StoredChange created = stored(1, "a", "1");
  const StoredChange deleted = removal(2, "a", "1");
  ASSERT_TRUE(this->append(0, {created, deleted, stored(3, "b", "1")}));
  this->restart();
  EXPECT_THAT(*this->store_->follow(0, 2), ElementsAre(created, deleted));
  EXPECT_THAT(indexes(*this->store_->follow(2, 10)), ElementsAre(3));
  EXPECT_THAT(*this->store_->follow(3, 10), IsEmpty());
}

TYPED_TEST(StoreContract, AnyBytesComeBackAsTheyWere) {
  const std::string bytes("\0\xff'\\\"{}\n\x80 ", 10);
  StoredChange change = stored(1, bytes, bytes);
  change.actor = bytes;
  change.before = bytes;
  ASSERT_TRUE(this->append(0, {change}));
  this->restart();
  EXPECT_THAT(*this->store_->follow(0, 10), ElementsAre(change));
  EXPECT_EQ(this->load().objects.at("instances/" + bytes),
            (StoredObject{"instances", bytes, bytes, 1, 1}));
  EXPECT_THAT(indexes(this->store_->history({.table = "instances", .key = bytes})->changes),
              ElementsAre(1));
}

TYPED_TEST(StoreContract, TheLastOfABatchsChangesOfOneObjectIsWhatItBecomes) {
  StoredChange again = stored(2, "a", "2");
  again.created_index = 1;
  ASSERT_TRUE(this->append(0, {stored(1, "a", "1"), again, stored(3, "b", "1"),
                               removal(4, "b", "1"), removal(5, "c", "1"), stored(6, "c", "2")}));
  const auto loaded = this->load();
  EXPECT_EQ(loaded.objects.size(), 2U);
  EXPECT_EQ(loaded.objects.at("instances/a"), (StoredObject{"instances", "a", "2", 1, 2}));
  EXPECT_EQ(loaded.objects.at("instances/c"), (StoredObject{"instances", "c", "2", 6, 6}));
  EXPECT_EQ(this->store_->follow(0, 10)->size(), 6U);
}

TYPED_TEST(StoreContract, AnEmptyAppendAsksWhetherAnythingCameLater) {
  ASSERT_TRUE(this->append(0, {stored(1, "a", "1")}));
  EXPECT_TRUE(this->append(1, {}));
  EXPECT_EQ(this->append(0, {}).error().code, base::Code::kConflict);
}

TYPED_TEST(StoreContract, ManyObjectsOfOneBatchAreAllThere) {
  std::vector<StoredChange> batch;
  batch.reserve(2500);
  for (std::uint64_t index = 1; index <= 2500; ++index) {
    batch.push_back(stored(index, "key " + std::to_string(index), "1"));
  }
  ASSERT_TRUE(this->append(0, batch));
  this->restart();
  EXPECT_EQ(this->load().objects.size(), 2500U);
}

TYPED_TEST(StoreContract, NobodyWaitsForLaterChangesThatAreThereAlready) {
  ASSERT_TRUE(this->append(0, {stored(1, "a", "1")}));
  const auto later = this->store_->wait_for_later(0, base::Seconds(60));
  ASSERT_TRUE(later);
  EXPECT_EQ(later->index, this->store_->is_shared() ? 1U : 0U);
  EXPECT_EQ(this->store_->wait_for_later(1, base::Millis(1))->index, 1U);
}

TYPED_TEST(StoreContract, WhoAttendsIsThere) {
  const auto marks = this->store_->attend(7);
  ASSERT_TRUE(marks) << base::describe(marks.error());
  EXPECT_THAT(*marks, ElementsAre(7));
  EXPECT_THAT(*this->store_->attend(7), ElementsAre(7));
}

TYPED_TEST(StoreContract, WordsAreToldToNobodyWhereNobodyIs) {
  const std::vector<std::string> words{"one", "two"};
  EXPECT_TRUE(this->store_->tell(words));
  EXPECT_THAT(this->store_->wait_for_later(0, base::Millis(1))->words, IsEmpty());
}

TYPED_TEST(StoreContract, HistoryIsNewestFirstAndPaged) {
  ASSERT_TRUE(this->append(0, {stored(1, "a", "1"), stored(2, "b", "1"), stored(3, "c", "1")}));
  const auto first = this->store_->history({.limit = 2});
  ASSERT_TRUE(first);
  EXPECT_THAT(indexes(first->changes), ElementsAre(3, 2));
  ASSERT_TRUE(first->next_before_index);
  const auto second =
      this->store_->history({.before_index = *first->next_before_index, .limit = 2});
  EXPECT_THAT(indexes(second->changes), ElementsAre(1));
  EXPECT_FALSE(second->next_before_index);
}

TYPED_TEST(StoreContract, HistoryCanBeNarrowedToOneObject) {
  ASSERT_TRUE(this->append(0, {stored(1, "a", "1"), stored(2, "b", "1"), removal(3, "a", "1")}));
  const auto page = this->store_->history({.table = "instances", .key = "a"});
  EXPECT_THAT(indexes(page->changes), ElementsAre(3, 1));
  EXPECT_THAT(this->store_->history({.table = "routes"})->changes, IsEmpty());
}

TYPED_TEST(StoreContract, TheLogForgetsItsOldestEntriesButNoObjectAndNoIndex) {
  std::uint64_t index = 0;
  for (int i = 0; i < 30; ++i) {
    std::vector<StoredChange> batch;
    for (int k = 0; k < 10; ++k) {
      ++index;
      batch.push_back(stored(index, "key " + std::to_string(index), "1"));
    }
    ASSERT_TRUE(this->append(index - 10, batch));
  }
  this->restart();
  EXPECT_EQ(this->load().objects.size(), 300U);
  EXPECT_EQ(this->load().index, 300U);
  const auto gone = this->store_->follow(10, 1000);
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, base::Code::kNotFound);
  const auto kept = this->store_->follow(200, 1000);
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->size(), 100U);
  EXPECT_EQ(this->store_->history({.limit = 1000})->changes.size(), kChangesKept);
}

TYPED_TEST(StoreContract, TheLogForgetsByAgeButNoObjectAndNoIndex) {
  const base::WallTime begun = stored(1, "a", "1").time;
  for (std::uint64_t index = 1; index <= 60; ++index) {
    StoredChange change = stored(index, "key " + std::to_string(index), "1");
    change.time = begun + std::chrono::minutes(index);
    ASSERT_TRUE(this->append(index - 1, {change}));
  }
  EXPECT_EQ(this->store_->history({.limit = 1000})->changes.size(), 60U) << "none is too old";
  for (std::uint64_t index = 61; index <= 80; ++index) {
    StoredChange change = removal(index, "key " + std::to_string(index - 60), "1");
    change.time = begun + std::chrono::minutes(index + 30);
    ASSERT_TRUE(this->append(index - 1, {change}));
  }
  this->restart();
  EXPECT_EQ(this->load().objects.size(), 40U) << "created in entries that are gone";
  EXPECT_EQ(this->load().index, 80U);
  // The newest is of minute 110: what is older than minute 50 goes, twice as fast as others come.
  EXPECT_EQ(this->store_->follow(39, 1000).error().code, base::Code::kNotFound);
  const auto kept = this->store_->follow(49, 1000);
  ASSERT_TRUE(kept);
  EXPECT_EQ(indexes(*kept).front(), 50U);
  EXPECT_EQ(kept->size(), 31U);
}

TYPED_TEST(StoreContract, TheNewestChangeIsKeptHoweverLateItComes) {
  ASSERT_TRUE(this->append(0, {stored(1, "a", "1"), stored(2, "b", "1")}));
  StoredChange late = stored(3, "c", "1");
  late.time += 100 * kAgeKept;
  ASSERT_TRUE(this->append(2, {late}));
  EXPECT_THAT(indexes(this->store_->history({})->changes), ElementsAre(3));
  EXPECT_THAT(indexes(*this->store_->follow(2, 10)), ElementsAre(3));
  EXPECT_EQ(this->load().objects.size(), 3U);
}

TYPED_TEST(StoreContract, AChangeFromBeforeTheClockWasSetBackEndsTheForgetting) {
  StoredChange ahead = stored(1, "a", "1");
  ahead.time += 10 * kAgeKept;
  ASSERT_TRUE(this->append(0, {ahead}));
  for (std::uint64_t index = 2; index <= 10; ++index) {
    StoredChange change = stored(index, "b", "1");
    change.time += kAgeKept * static_cast<int>(index);
    ASSERT_TRUE(this->append(index - 1, {change}));
  }
  EXPECT_TRUE(this->store_->follow(0, 10)) << "changes go in the order of their index";
}

TYPED_TEST(StoreContract, AnErrorOfTheSinkEndsTheLoad) {
  ASSERT_TRUE(this->append(0, {stored(1, "a", "1"), stored(2, "b", "1")}));
  int seen = 0;
  const auto loaded = this->store_->load([&](const StoredObject&) -> base::Result<void> {
    ++seen;
    return base::fail(base::Code::kInvalid, "no");
  });
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, base::Code::kInvalid);
  EXPECT_EQ(seen, 1);
}

TYPED_TEST(StoreContract, AReleasedStoreRefusesUntilItIsTakenBack) {
  const std::vector<StoredChange> first{stored(1, "a", "{}")};
  const std::vector<StoredChange> second{stored(2, "b", "{}")};
  ASSERT_TRUE(this->store_->append(0, first));
  ASSERT_TRUE(this->store_->release());
  EXPECT_EQ(this->store_->append(1, second).error().code, base::Code::kUnavailable);
  EXPECT_EQ(this->store_->follow(0, 10).error().code, base::Code::kUnavailable);
  EXPECT_EQ(this->store_->history({}).error().code, base::Code::kUnavailable);
  ASSERT_TRUE(this->store_->take_back());
  ASSERT_TRUE(this->store_->take_back()) << "twice is as once";
  ASSERT_TRUE(this->store_->append(1, second));
  EXPECT_THAT(indexes(*this->store_->follow(0, 10)), ElementsAre(1U, 2U));
}

}  // namespace
}  // namespace weft::state
