// What the shared store promises besides the contract of all stores: several nodes, servers that
// hang, die and come back, and databases that are not what they were.
#include "state/store_postgres.h"

#include "state/postgres_for_test.h"
#include "state/store_postgres_schema.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <netinet/in.h>
#include <sstream>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace weft::state {
namespace {

using base::Code;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

StoredChange pg_change(std::uint64_t index, std::string body = "{}") {
  return {.index = index,
          .time = base::WallTime(base::Nanos(1'700'000'000'000'000'000 + index)),
          .actor = "tester",
          .table = "settings",
          .key = "key " + std::to_string(index),
          .created_index = index,
          .before = std::nullopt,
          .after = std::move(body)};
}

class StorePostgresTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!PostgresForTest::is_installed()) {
      GTEST_SKIP() << PostgresForTest::kMissing;
    }
    server_ = PostgresForTest::start_once();
    ASSERT_NE(server_, nullptr);
    options_.url = server_->url();
    options_.schema = server_->new_schema();
    options_.log = &log_;
  }
  void TearDown() override {
    if (server_ != nullptr) {
      server_->continue_all();
    }
  }

  std::unique_ptr<StorePostgres> open() {
    auto opened = StorePostgres::open(options_);
    EXPECT_TRUE(opened) << base::describe(opened.error());
    return std::move(*opened);
  }
  base::Error open_error() {
    const auto opened = StorePostgres::open(options_);
    EXPECT_FALSE(opened);
    return opened ? base::Error{} : opened.error();
  }
  static base::Result<void> append(StorePostgres& store, std::uint64_t last,
                                   const std::vector<StoredChange>& changes) {
    return store.append(last, changes);
  }
  static std::map<std::string, std::string> load(StorePostgres& store, std::uint64_t* index) {
    std::map<std::string, std::string> objects;
    const auto loaded = store.load([&](StoredObject object) -> base::Result<void> {
      objects[object.key] = object.body;
      return {};
    });
    EXPECT_TRUE(loaded) << base::describe(loaded.error());
    *index = loaded.value_or(0);
    return objects;
  }
  // Ends the sessions of every store, as a server that was restarted does.
  void end_sessions() {
    server_->run_sql(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE application_name = 'weft' AND pid <> pg_backend_pid()");
  }
  void run_sql(std::string_view text) {
    server_->run_sql(fmt::format(fmt::runtime(text), fmt::arg("in", options_.schema)));
  }

  PostgresForTest* server_ = nullptr;
  std::ostringstream log_text_;
  base::Log log_{{.queue_lines = 0}, log_text_};
  StorePostgres::Options options_;
};

TEST_F(StorePostgresTest, TheSecondOfTwoWritersIsRefusedUntilItHasFollowed) {
  const auto ours = open();
  const auto theirs = open();
  ASSERT_TRUE(append(*theirs, 0, {pg_change(1, "theirs")}));
  const auto late = append(*ours, 0, {pg_change(1, "ours")});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Code::kConflict);
  const auto missed = ours->follow(0, 10);
  ASSERT_TRUE(missed);
  ASSERT_EQ(missed->size(), 1U);
  EXPECT_EQ(missed->at(0).after, "theirs");
  EXPECT_TRUE(append(*ours, 1, {pg_change(2, "ours")}));
  EXPECT_EQ(theirs->follow(1, 10)->at(0).after, "ours");
}

TEST_F(StorePostgresTest, OfManyWritersAtOnceOneAtATimeGoesOn) {
  constexpr int kPgWriters = 4;
  constexpr std::uint64_t kAppends = 25;
  std::vector<std::unique_ptr<StorePostgres>> stores;
  stores.reserve(kPgWriters);
  for (int i = 0; i < kPgWriters; ++i) {
    stores.push_back(open());
  }
  std::vector<std::jthread> threads;
  threads.reserve(kPgWriters);
  for (auto& store : stores) {
    threads.emplace_back([&store] {
      std::uint64_t seen = 0;
      for (std::uint64_t done = 0; done < kAppends;) {
        const auto appended = append(*store, seen, {pg_change(seen + 1)});
        if (appended) {
          ++seen;
          ++done;
          continue;
        }
        ASSERT_EQ(appended.error().code, Code::kConflict);
        const auto missed = store->follow(seen, 1000);
        ASSERT_TRUE(missed);
        for (const StoredChange& change : *missed) {
          ASSERT_EQ(change.index, ++seen) << "one is missing or came twice";
        }
      }
    });
  }
  threads.clear();
  EXPECT_EQ(stores[0]->follow(0, 1000)->size(), kPgWriters * kAppends);
}

TEST_F(StorePostgresTest, WhoKeepsComingTooLateIsPutBeforeTheOthers) {
  const auto slow = open();
  const auto fast = open();
  ASSERT_TRUE(append(*fast, 0, {pg_change(1)}));
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(append(*slow, 0, {pg_change(1)}).error().code, Code::kConflict);
  }
  base::Result<void> outcome;
  std::jthread other([&] { outcome = append(*fast, 1, {pg_change(2)}); });
  EXPECT_EQ(slow->follow(0, 10)->back().index, 1U);
  EXPECT_TRUE(append(*slow, 1, {pg_change(2)}));
  other.join();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, Code::kConflict);
  EXPECT_TRUE(append(*fast, 2, {pg_change(3)}));
}

TEST_F(StorePostgresTest, ATurnThatNobodyTakesEndsByItself) {
  const auto gone = open();
  const auto other = open();
  ASSERT_TRUE(append(*other, 0, {pg_change(1)}));
  for (int i = 0; i < 3; ++i) {
    ASSERT_FALSE(append(*gone, 0, {pg_change(1)}));
  }
  EXPECT_TRUE(append(*other, 1, {pg_change(2)}));
}

TEST_F(StorePostgresTest, AServerThatStandsStillFailsEveryCallAndAcknowledgesNothing) {
  options_.patience = base::Millis(500);
  const auto store = open();
  ASSERT_TRUE(append(*store, 0, {pg_change(1)}));
  server_->stop_all();
  const auto appended = append(*store, 1, {pg_change(2)});
  ASSERT_FALSE(appended);
  EXPECT_EQ(appended.error().code, Code::kTimeout);
  EXPECT_EQ(appended.error().side, base::Side::kStore);
  EXPECT_EQ(appended.error().retry, base::Retry::kNever) << "it may be done yet";
  EXPECT_EQ(store->follow(0, 10).error().code, Code::kTimeout) << "a new connection hangs too";
  EXPECT_EQ(store->wait_for_later(1, base::Millis(1)).error().code, Code::kTimeout);
  EXPECT_EQ(open_error().code, Code::kTimeout);
  server_->continue_all();
  const auto now = store->follow(0, 10);
  ASSERT_TRUE(now) << base::describe(now.error());
  EXPECT_GE(now->size(), 1U);
  // The one that was not answered may be done after all, even after that look.
  std::uint64_t seen = now->back().index;
  if (!append(*store, seen, {pg_change(seen + 1)})) {
    seen = store->follow(0, 10)->back().index;
    EXPECT_TRUE(append(*store, seen, {pg_change(seen + 1)}));
  }
}

TEST_F(StorePostgresTest, WhatWasAcknowledgedSurvivesAKillOfTheServer) {
  const auto store = open();
  for (std::uint64_t index = 1; index <= 20; ++index) {
    ASSERT_TRUE(append(*store, index - 1, {pg_change(index)}));
  }
  server_->kill_all();
  EXPECT_EQ(append(*store, 20, {pg_change(21)}).error().code, Code::kUnavailable);
  EXPECT_EQ(open_error().code, Code::kUnavailable);
  server_->start_again();
  std::uint64_t index = 0;
  EXPECT_EQ(load(*store, &index).size(), 20U);
  EXPECT_EQ(index, 20U);
  EXPECT_TRUE(append(*store, 20, {pg_change(21)}));
}

TEST_F(StorePostgresTest, AServerThatWasRestartedWhileNobodyAskedIsNotNoticed) {
  const auto store = open();
  ASSERT_TRUE(append(*store, 0, {pg_change(1)}));
  server_->kill_all();
  server_->start_again();
  EXPECT_TRUE(append(*store, 1, {pg_change(2)}));
}

TEST_F(StorePostgresTest, AWaitEndsWhenAnotherNodeAppends) {
  const auto ours = open();
  const auto theirs = open();
  EXPECT_EQ(ours->wait_for_later(0, base::Millis(1))->index, 0U) << "it listens now";
  const std::jthread writer([&] { ASSERT_TRUE(append(*theirs, 0, {pg_change(1), pg_change(2)})); });
  EXPECT_EQ(ours->wait_for_later(0, base::Seconds(600))->index, 2U);
}

TEST_F(StorePostgresTest, AppendsAndQuestionsDoNotWaitBehindAWait) {
  const auto ours = open();
  const auto theirs = open();
  std::jthread waiter([&] { EXPECT_EQ(ours->wait_for_later(1, base::Seconds(600))->index, 2U); });
  ASSERT_TRUE(append(*ours, 0, {pg_change(1)}));
  EXPECT_EQ(ours->follow(0, 10)->size(), 1U);
  ASSERT_TRUE(append(*theirs, 1, {pg_change(2)}));
  waiter.join();
}

TEST_F(StorePostgresTest, WhatCameWhileTheListenerWasCutOffIsNews) {
  const auto ours = open();
  const auto theirs = open();
  EXPECT_EQ(ours->wait_for_later(0, base::Millis(1))->index, 0U);
  ASSERT_TRUE(append(*theirs, 0, {pg_change(1)}));
  end_sessions();
  EXPECT_EQ(ours->wait_for_later(0, base::Seconds(600))->index, 1U);
  const std::jthread writer([&] { ASSERT_TRUE(append(*theirs, 1, {pg_change(2)})); });
  EXPECT_EQ(ours->wait_for_later(1, base::Seconds(600))->index, 2U);
}

TEST_F(StorePostgresTest, AWaitWhoseServerGoesFailsInsteadOfWaitingOn) {
  const auto ours = open();
  EXPECT_EQ(ours->wait_for_later(0, base::Millis(1))->index, 0U);
  const std::jthread killer([&] { end_sessions(); });
  const auto waited = ours->wait_for_later(0, base::Seconds(600));
  // Ended before the wait began, it is only connected again; then the test waits no second time.
  if (!waited) {
    EXPECT_EQ(waited.error().code, Code::kUnavailable);
  }
}

TEST_F(StorePostgresTest, AnybodyMayNotifyAndIsNotBelieved) {
  const auto ours = open();
  const auto theirs = open();
  EXPECT_EQ(ours->wait_for_later(0, base::Millis(1))->index, 0U);
  std::jthread teller([&] {
    run_sql("NOTIFY {in}_changes, '999'; NOTIFY {in}_changes, 'nonsense'; NOTIFY {in}_changes");
    ASSERT_TRUE(append(*theirs, 0, {pg_change(1)}));
  });
  EXPECT_EQ(ours->wait_for_later(0, base::Seconds(600))->index, 1U);
}

TEST_F(StorePostgresTest, OthersHearWhatIsTold) {
  const auto ours = open();
  const auto theirs = open();
  EXPECT_EQ(ours->wait_for_later(0, base::Millis(1))->index, 0U) << "it listens now";
  const std::vector<std::string> words{"one", "\xc3\xa9 \"two\"",
                                       std::string(Store::kWordBytesMax, 'x')};
  ASSERT_TRUE(ours->tell(std::vector<std::string>{"to oneself"}));
  ASSERT_TRUE(theirs->tell(words));
  std::vector<std::string> heard;
  while (heard.size() < words.size()) {
    const auto more = ours->wait_for_later(0, base::Seconds(600));
    ASSERT_TRUE(more) << base::describe(more.error());
    heard.insert(heard.end(), more->words.begin(), more->words.end());
  }
  EXPECT_EQ(heard, words);
}

TEST_F(StorePostgresTest, WhoAttendsIsThereUntilItsConnectionEnds) {
  const auto ours = open();
  auto theirs = open();
  EXPECT_THAT(*ours->attend(1), ElementsAre(1U));
  EXPECT_THAT(*theirs->attend(4'000'000'000U), UnorderedElementsAre(1U, 4'000'000'000U));
  EXPECT_THAT(*ours->attend(1), UnorderedElementsAre(1U, 4'000'000'000U));
  theirs.reset();
  while (ours->attend(1)->size() > 1) {
  }
  end_sessions();
  // The server has closed it: it is opened anew, and the mark is taken again.
  EXPECT_THAT(*ours->attend(1), ElementsAre(1U));
}

TEST_F(StorePostgresTest, AMarkIsOneProcesssAtATimeAndOfItsMeshAlone) {
  const auto ours = open();
  const auto copy = open();
  EXPECT_THAT(*ours->attend(1), ElementsAre(1U));
  EXPECT_THAT(*copy->attend(1), IsEmpty());
  options_.schema = server_->new_schema();
  const auto elsewhere = open();
  EXPECT_THAT(*elsewhere->attend(1), ElementsAre(1U));
  ASSERT_TRUE(ours->release());
  while (copy->attend(1)->empty()) {
  }
}

TEST_F(StorePostgresTest, WhoSaysNothingForLongIsNotThere) {
  options_.silence_max = base::Millis(300);
  const auto silent = open();
  ASSERT_TRUE(silent->attend(1));
  options_.silence_max = base::Seconds(600);
  const auto ours = open();
  while (ours->attend(2)->size() > 1) {
  }
  // It is there when it speaks again; a call at the very moment when the server gives up may fail.
  auto marks = silent->attend(1);
  while (!marks) {
    EXPECT_EQ(marks.error().code, Code::kUnavailable);
    marks = silent->attend(1);
  }
  EXPECT_THAT(*marks, UnorderedElementsAre(1U, 2U));
}

TEST_F(StorePostgresTest, AWaitCanBeEndedForGood) {
  const auto store = open();
  std::jthread stopper([&] { store->stop_waiting(); });
  EXPECT_EQ(store->wait_for_later(0, base::Seconds(600)).error().code, Code::kShutdown);
  EXPECT_EQ(store->wait_for_later(0, base::Seconds(600)).error().code, Code::kShutdown);
  ASSERT_TRUE(append(*store, 0, {pg_change(1)}));
}

TEST_F(StorePostgresTest, AReleaseEndsAWaitUntilItIsTakenBack) {
  const auto ours = open();
  const auto theirs = open();
  std::jthread releaser([&] { ASSERT_TRUE(ours->release()); });
  EXPECT_EQ(ours->wait_for_later(0, base::Seconds(600)).error().code, Code::kUnavailable);
  releaser.join();
  ASSERT_TRUE(append(*theirs, 0, {pg_change(1)}));
  ASSERT_TRUE(ours->take_back());
  EXPECT_EQ(ours->wait_for_later(0, base::Seconds(600))->index, 1U);
}

TEST_F(StorePostgresTest, NodesThatStartAtOnceMakeTheTablesOnce) {
  constexpr int kNodes = 8;
  std::vector<std::jthread> threads;
  threads.reserve(kNodes);
  for (int i = 0; i < kNodes; ++i) {
    threads.emplace_back([&] {
      const auto opened = StorePostgres::open(options_);
      EXPECT_TRUE(opened) << base::describe(opened.error());
    });
  }
  threads.clear();
  std::uint64_t index = 1;
  EXPECT_TRUE(load(*open(), &index).empty());
  EXPECT_EQ(index, 0U);
}

TEST_F(StorePostgresTest, AnAppendThatWaitsTooLongForALockHasDoneNothing) {
  options_.patience = base::Millis(1000);
  const auto store = open();
  std::string why;
  const base::MonoTime until = io::deadline_after(base::Seconds(60));
  auto other = PgConnection::open({.targets = *parse_postgres_url(options_.url)}, until, why);
  ASSERT_TRUE(other);
  ASSERT_TRUE(other->run_script(
      fmt::format("BEGIN; SELECT * FROM {}.meta FOR UPDATE", options_.schema), until));
  const auto appended = append(*store, 0, {pg_change(1)});
  ASSERT_FALSE(appended);
  EXPECT_EQ(appended.error().code, Code::kTimeout);
  EXPECT_EQ(appended.error().retry, base::Retry::kSafe);
  ASSERT_TRUE(other->run_script("COMMIT", until));
  EXPECT_TRUE(append(*store, 0, {pg_change(1)}));
}

TEST_F(StorePostgresTest, AFailedAppendLeavesNothingOfItsBatchAndTheStoreUsable) {
  const auto store = open();
  ASSERT_TRUE(append(*store, 0, {pg_change(1)}));
  // The second entry repeats an index the log has.
  ASSERT_FALSE(append(*store, 1, {pg_change(2), pg_change(1)}));
  EXPECT_EQ(store->follow(0, 10)->size(), 1U);
  EXPECT_TRUE(append(*store, 1, {pg_change(2)}));
}

TEST_F(StorePostgresTest, ADatabaseOfANewerVersionIsRefusedUntouched) {
  open();
  run_sql("UPDATE {in}.schema_version SET version = 99");
  EXPECT_EQ(open_error().code, Code::kUnsupported);
}

TEST_F(StorePostgresTest, AnotherProgramsSchemaIsRefused) {
  run_sql("CREATE SCHEMA {in}; CREATE TABLE {in}.theirs(x int)");
  EXPECT_EQ(open_error().code, Code::kInvalid);
}

TEST_F(StorePostgresTest, ASchemaThatSomebodyMadeForItIsUsed) {
  run_sql(
      "CREATE SCHEMA {in}; CREATE ROLE {in}_user LOGIN;"
      "GRANT ALL ON SCHEMA {in} TO {in}_user");
  options_.url.replace(options_.url.find("weft@"), 4, options_.schema + "_user");
  EXPECT_TRUE(append(*open(), 0, {pg_change(1)}));
}

TEST_F(StorePostgresTest, AUserWithoutTheRightToMakeASchemaIsForbidden) {
  run_sql("CREATE ROLE {in}_user LOGIN");
  options_.url.replace(options_.url.find("weft@"), 4, options_.schema + "_user");
  EXPECT_EQ(open_error().code, Code::kForbidden);
}

TEST_F(StorePostgresTest, WhoCannotConnectIsToldWhyButNoPassword) {
  options_.url.replace(options_.url.find("weft@"), 4, "nobody:pa55word");
  const base::Error forbidden = open_error();
  EXPECT_EQ(forbidden.code, Code::kForbidden);
  options_.url = server_->url() + "&password=pa55word";
  options_.url.replace(options_.url.find("/postgres?"), 9, "/nothere");
  const base::Error missing = open_error();
  EXPECT_EQ(missing.code, Code::kNotFound);
  options_.url = "postgresql://weft:pa55word@127.0.0.1:1/postgres";
  const base::Error refused = open_error();
  EXPECT_EQ(refused.code, Code::kUnavailable);
  EXPECT_EQ(refused.retry, base::Retry::kSafe);
  options_.url = "postgresql://weft@127.0.0.1:pa55word/postgres";
  const base::Error bad = open_error();
  EXPECT_EQ(bad.code, Code::kInvalid);
  const std::string said =
      log_text_.str() + forbidden.what + missing.what + refused.what + bad.what;
  EXPECT_THAT(log_text_.str(), HasSubstr("Connection refused"));
  EXPECT_THAT(said, Not(HasSubstr("pa55word")));
}

TEST_F(StorePostgresTest, AFailureIsLoggedOnceHoweverOftenItIsMet) {
  const auto store = open();
  server_->kill_all();
  EXPECT_FALSE(store->follow(0, 10));
  const std::string once = log_text_.str();
  EXPECT_THAT(once, HasSubstr("PostgreSQL cannot be connected to"));
  EXPECT_FALSE(store->follow(0, 10));
  EXPECT_EQ(log_text_.str(), once);
  server_->start_again();
  EXPECT_TRUE(store->follow(0, 10));
}

TEST_F(StorePostgresTest, OfSeveralServersTheFirstThatAnswersIsUsed) {
  // One that takes connections and says nothing, one that is not there.
  const int silent = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t bytes = sizeof address;
  // NOLINTNEXTLINE(*-reinterpret-cast): the socket API
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  ASSERT_EQ(::bind(silent, raw, bytes), 0);
  ASSERT_EQ(::listen(silent, 8), 0);
  ASSERT_EQ(::getsockname(silent, raw, &bytes), 0);
  std::string folder = server_->url().substr(server_->url().find("host=") + 5);
  for (std::size_t at = 0; (at = folder.find('/', at)) != std::string::npos; at += 3) {
    folder.replace(at, 1, "%2F");
  }
  options_.url = fmt::format("postgres://weft@127.0.0.1:{},127.0.0.1:1,{}:5432/postgres",
                             ntohs(address.sin_port), folder);
  options_.patience = base::Millis(3000);
  EXPECT_TRUE(append(*open(), 0, {pg_change(1)}));
  ::close(silent);
}

TEST_F(StorePostgresTest, ADatabaseThatWentBackIsReadAnewBeforeAnybodyWrites) {
  const auto ours = open();
  for (std::uint64_t index = 1; index <= 5; ++index) {
    ASSERT_TRUE(append(*ours, index - 1, {pg_change(index)}));
  }
  // A standby that had not heard of the last two takes over, and another node writes there.
  run_sql(
      "DELETE FROM {in}.changes WHERE idx > 3; DELETE FROM {in}.objects WHERE modified > 3;"
      "UPDATE {in}.meta SET last_index = 3");
  const auto theirs = open();
  ASSERT_TRUE(append(*theirs, 3, {pg_change(4, "theirs")}));
  end_sessions();
  EXPECT_EQ(append(*ours, 5, {pg_change(6)}).error().code, Code::kConflict);
  EXPECT_EQ(ours->follow(5, 10).error().code, Code::kNotFound);
  std::uint64_t index = 0;
  const auto objects = load(*ours, &index);
  EXPECT_GT(index, 5U) << "no index is given twice";
  EXPECT_EQ(objects.size(), 4U);
  EXPECT_EQ(objects.at("key 4"), "theirs");
  EXPECT_TRUE(ours->follow(index, 10));
  EXPECT_TRUE(append(*ours, index, {pg_change(index + 1)}));
  EXPECT_EQ(theirs->follow(4, 10)->size(), 1U);
  end_sessions();
  EXPECT_TRUE(append(*ours, index + 1, {pg_change(index + 2)})) << "it is what it was";
}

TEST_F(StorePostgresTest, CommitsAreFlushedWhateverTheDatabaseSays) {
  run_sql(
      "CREATE ROLE {in}_user SUPERUSER LOGIN; ALTER ROLE {in}_user SET synchronous_commit = off;"
      "ALTER ROLE {in}_user SET default_transaction_isolation = serializable");
  options_.url.replace(options_.url.find("weft@"), 4, options_.schema + "_user");
  std::string why;
  const base::MonoTime until = io::deadline_after(base::Seconds(60));
  auto db = PgConnection::open({.targets = *parse_postgres_url(options_.url)}, until, why);
  ASSERT_TRUE(db);
  EXPECT_EQ(db->run("SHOW synchronous_commit", {}, until)->bytes(0, 0), "off");
  ASSERT_TRUE(set_up_session(*db, base::Seconds(5), until));
  EXPECT_EQ(db->run("SHOW synchronous_commit", {}, until)->bytes(0, 0), "on");
  EXPECT_EQ(db->run("SHOW default_transaction_isolation", {}, until)->bytes(0, 0),
            "read committed");
  ASSERT_TRUE(db->run_script("SET synchronous_commit = remote_apply", until));
  ASSERT_TRUE(set_up_session(*db, base::Seconds(5), until));
  EXPECT_EQ(db->run("SHOW synchronous_commit", {}, until)->bytes(0, 0), "remote_apply");
}

TEST(StorePostgresOptions, ASchemasNameIsCheckedBeforeItIsPartOfAStatement) {
  for (const char* good : {"weft", "w", "mesh_2", "user"}) {
    EXPECT_TRUE(check_schema_name(good)) << good;
  }
  for (const char* bad : {"", "2mesh", "Weft", "a-b", "a\"b", "a;b", "pg_weft", "ä"}) {
    EXPECT_FALSE(check_schema_name(bad)) << bad;
  }
  EXPECT_FALSE(check_schema_name(std::string(49, 'a')));
}

}  // namespace
}  // namespace weft::state
