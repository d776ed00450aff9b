#include "base/described_enum.h"
#include "state/command_fixture_for_test.h"
#include "state/commands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weft::state {
namespace {

using model::CheckStatus;
using model::KvEntry;
using model::LockDelay;
using model::Session;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr base::WallTime kNoon{base::Seconds(1'800'000'000)};

class LockCommands : public testing::Test {
 protected:
  void SetUp() override {
    model::Node node;
    node.name = "n1";
    model::CheckSpec disk;
    disk.id = "disk";
    disk.kind = model::CheckKind::kTold;
    disk.initial = CheckStatus::kPassing;
    node.checks.push_back(disk);
    must(put(node));
  }

  base::Result<std::vector<model::Change>> run(const model::Command& command) {
    return apply(draft_, command, {.time = now_});
  }
  void must(const model::Command& command) {
    const auto done = run(command);
    ASSERT_TRUE(done) << base::describe(done.error());
  }
  base::Code error_of(const model::Command& command) {
    const auto result = run(command);
    return result ? base::Code::kInternal : result.error().code;
  }
  std::size_t changes_of(const model::Command& command) {
    const auto result = run(command);
    return result ? result->size() : 999;
  }

  static KvEntry entry(std::string key, std::string value) {
    KvEntry out;
    out.key = std::move(key);
    out.value.data = std::move(value);
    return out;
  }
  static model::Command command_of(model::Step step) {
    return {.actor = "tester", .steps = {std::move(step)}};
  }
  static model::Command lock(const std::string& key, const std::string& session,
                             const std::string& value = "x") {
    return command_of(model::Lock{entry(key, value), session});
  }
  static model::Command unlock(const std::string& key, const std::string& session) {
    return command_of(model::Unlock{entry(key, "left"), session});
  }
  static Session session(std::string id) {
    Session out;
    out.id = std::move(id);
    out.node = "n1";
    return out;
  }
  const KvEntry& kv(const std::string& key) {
    const auto row = draft_.find<KvEntry>(key);
    static const KvEntry kNone;
    return row != nullptr ? row->object : kNone;
  }

  Draft draft_;
  base::WallTime now_ = kNoon;
};

TEST_F(LockCommands, ALockIsTakenOnceAndCounted) {
  must(put(session("s1")));
  must(put(session("s2")));
  must(lock("leader", "s1", "one"));
  EXPECT_EQ(kv("leader").session, "s1");
  EXPECT_EQ(kv("leader").lock_index, 1U);
  EXPECT_EQ(error_of(lock("leader", "s2")), base::Code::kConflict);
  EXPECT_EQ(kv("leader").value.data, "one") << "who did not get it writes nothing";
  must(lock("leader", "s1", "two"));
  EXPECT_EQ(kv("leader").lock_index, 1U) << "the holder only writes";
  EXPECT_EQ(kv("leader").value.data, "two");
  EXPECT_EQ(error_of(lock("leader", "nobody")), base::Code::kNotFound);
}

TEST_F(LockCommands, OnlyTheHolderGivesALockBackAndThatWithoutDelay) {
  must(put(session("s1")));
  must(put(session("s2")));
  must(lock("leader", "s1"));
  EXPECT_EQ(error_of(unlock("leader", "s2")), base::Code::kConflict);
  EXPECT_EQ(error_of(unlock("nothing", "s1")), base::Code::kConflict);
  must(unlock("leader", "s1"));
  EXPECT_EQ(kv("leader").session, "");
  EXPECT_EQ(kv("leader").value.data, "left");
  must(lock("leader", "s2"));
  EXPECT_EQ(kv("leader").lock_index, 2U);
}

TEST_F(LockCommands, AnOrdinaryWriteLeavesTheLockAsItIs) {
  must(put(session("s1")));
  must(lock("leader", "s1"));
  must(put(entry("leader", "somebody else's")));
  EXPECT_EQ(kv("leader").session, "s1");
  EXPECT_EQ(kv("leader").lock_index, 1U);
  EXPECT_EQ(changes_of(put(entry("leader", "somebody else's"))), 0U);
}

TEST_F(LockCommands, ALostSessionReleasesItsLocksAndTheDelayRuns) {
  must(put(session("s1")));
  must(put(session("s2")));
  must(lock("leader", "s1"));
  must(remove(model::Table::kSessions, "s1"));
  EXPECT_EQ(kv("leader").session, "");
  EXPECT_EQ(kv("leader").value.data, "x");
  EXPECT_EQ(error_of(lock("leader", "s2")), base::Code::kConflict);
  now_ += base::Seconds(15);
  must(lock("leader", "s2"));
  EXPECT_EQ(kv("leader").lock_index, 2U);
  EXPECT_EQ(draft_.size<LockDelay>(), 0U) << "it has done its work";
}

TEST_F(LockCommands, ASessionThatDeletesTakesItsKeysAlong) {
  Session deleting = session("s1");
  deleting.behavior = model::SessionBehavior::kDelete;
  deleting.lock_delay = base::Nanos(0);
  must(put(deleting));
  must(put(session("s2")));
  must(lock("a", "s1"));
  must(lock("b", "s1"));
  must(lock("c", "s2"));
  must(remove(model::Table::kSessions, "s1"));
  EXPECT_EQ(draft_.find<KvEntry>("a"), nullptr);
  EXPECT_EQ(draft_.find<KvEntry>("b"), nullptr);
  EXPECT_EQ(kv("c").session, "s2");
  must(lock("a", "s2"));
}

TEST_F(LockCommands, ASessionNeedsItsNodeAndItsChecks) {
  Session elsewhere = session("s1");
  elsewhere.node = "n9";
  EXPECT_EQ(error_of(put(elsewhere)), base::Code::kNotFound);
  Session checked = session("s1");
  checked.node_checks = {model::kAliveCheck, "disk"};
  must(put(checked));
  Session wrong = session("s2");
  wrong.node_checks = {"memory"};
  EXPECT_EQ(error_of(put(wrong)), base::Code::kNotFound);
  wrong.node_checks = {};
  wrong.service_checks = {"default"};
  EXPECT_EQ(error_of(put(wrong)), base::Code::kNotFound);
  model::Instance web = make_checked_instance("web-1", "web");
  web.node = "n1";
  must(put(web));
  must(put(wrong));
}

TEST_F(LockCommands, ASessionFallsWithACheckThatTurnsCritical) {
  model::Instance web = make_checked_instance("web-1", "web");
  web.node = "n1";
  must(put(web));
  Session by_service = session("s1");
  by_service.service_checks = {"default"};
  must(put(by_service));
  Session by_node = session("s2");
  by_node.node_checks = {"disk"};
  must(put(by_node));
  must(put(session("s3")));
  must(lock("leader", "s1"));
  must(put(make_check_state("web-1", "web", CheckStatus::kWarning)));
  EXPECT_NE(draft_.find<Session>("s1"), nullptr);
  must(put(make_check_state("web-1", "web", CheckStatus::kCritical)));
  EXPECT_EQ(draft_.find<Session>("s1"), nullptr);
  EXPECT_EQ(kv("leader").session, "");
  EXPECT_EQ(error_of(put(by_service)), base::Code::kConflict) << "it is critical now";

  model::CheckState disk;
  disk.node = "n1";
  disk.check = "disk";
  disk.status = CheckStatus::kCritical;
  must(put(disk));
  EXPECT_EQ(draft_.find<Session>("s2"), nullptr);
  EXPECT_NE(draft_.find<Session>("s3"), nullptr);
}

TEST_F(LockCommands, ASessionFallsWithItsNodeAndWithACheckThatIsRemoved) {
  model::Instance web = make_checked_instance("web-1", "web");
  web.node = "n1";
  must(put(web));
  Session by_service = session("s1");
  by_service.service_checks = {"default"};
  must(put(by_service));
  must(put(session("s2")));
  must(remove(model::Table::kInstances, "web-1"));
  EXPECT_EQ(draft_.find<Session>("s1"), nullptr);
  must(put(web));
  must(remove(model::Table::kNodes, "n1"));
  EXPECT_EQ(draft_.find<Session>("s2"), nullptr);
  EXPECT_EQ(draft_.find<model::Instance>("web-1"), nullptr);
  EXPECT_EQ(draft_.find<model::Service>("web"), nullptr);
}

TEST_F(LockCommands, ACheckOfANodeIsTheHealthOfItsInstances) {
  model::Instance web = make_instance("web-1", "web");
  web.node = "n1";
  must(put(web));
  EXPECT_EQ(draft_.freeze()->health_of(web), model::Health::kPassing);
  model::CheckState disk;
  disk.node = "n1";
  disk.check = "disk";
  disk.status = CheckStatus::kWarning;
  must(put(disk));
  EXPECT_EQ(draft_.freeze()->health_of(web), model::Health::kWarning);
  disk.check = "memory";
  EXPECT_EQ(error_of(put(disk)), base::Code::kNotFound);
  must(command_of(model::SetRotation{
      .key = "n1", .rotation = model::Rotation::kOut, .table = model::Table::kNodes}));
  EXPECT_EQ(draft_.freeze()->health_of(web), model::Health::kMaintenance);
}

TEST_F(LockCommands, EverythingBelowAPrefixGoesAtOnce) {
  for (const char* key : {"app", "app/a", "app/b/c", "apple"}) {
    must(put(entry(key, "v")));
  }
  EXPECT_EQ(changes_of(command_of(model::DeleteBelow{"app/"})), 2U);
  EXPECT_EQ(changes_of(command_of(model::DeleteBelow{"app/"})), 0U);
  EXPECT_NE(draft_.find<KvEntry>("app"), nullptr);
  EXPECT_EQ(changes_of(command_of(model::DeleteBelow{""})), 2U);
}

TEST_F(LockCommands, AnExpectationThatIsNotMetEndsTheWholeCommand) {
  must(put(session("s1")));
  must(put(entry("a", "1")));
  const std::uint64_t index = draft_.find<KvEntry>("a")->modified_index;
  const auto guarded = [&](model::Expect expected) {
    return model::Command{.actor = "tester",
                          .steps = {model::Put{entry("b", "2"), {}}, std::move(expected)}};
  };
  EXPECT_EQ(error_of(guarded({.key = "a", .only_if = model::Condition::index_is(index + 1)})),
            base::Code::kConflict);
  EXPECT_EQ(draft_.find<KvEntry>("b"), nullptr);
  EXPECT_EQ(error_of(guarded({.key = "a", .only_if = {}, .session = "s1"})), base::Code::kConflict);
  EXPECT_EQ(error_of(guarded({.key = "c", .only_if = model::Condition::present()})),
            base::Code::kNotFound);
  must(guarded({.key = "a", .only_if = model::Condition::index_is(index)}));
  EXPECT_EQ(kv("b").value.data, "2");
}

TEST_F(LockCommands, BytesOfAnEntryMayBeAnything) {
  KvEntry binary = entry("bin", std::string("\0\xff\n\x80", 4));
  must(put(binary));
  EXPECT_EQ(kv("bin").value.data, binary.value.data);
  binary.value.data.assign(model::kKvValueBytesMax + 1, 'x');
  EXPECT_EQ(error_of(put(binary)), base::Code::kInvalid);
}

}  // namespace
}  // namespace weft::state
