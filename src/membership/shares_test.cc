#include "membership/shares.h"

#include "state/command_fixture_for_test.h"
#include "state/commands.h"
#include "state/draft.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

namespace weft::membership {
namespace {

using model::CheckKind;
using model::Node;
using model::NodeLife;
using state::put;

class SharesTest : public testing::Test {
 protected:
  static Node weft(const std::string& name, NodeLife life = NodeLife::kAlive) {
    return {.name = name, .id = "id of " + name, .is_weft = true, .life = life};
  }
  base::Result<std::vector<model::Change>> apply(const model::Command& command) {
    return state::apply(draft_, command, {});
  }
  void set(const model::Object& object) { ASSERT_TRUE(apply(put(object))); }
  Shares shares() { return Shares(*draft_.freeze()); }
  // Who does which of a thousand pieces of work.
  static std::map<std::string, std::string> deal(const Shares& shares) {
    std::map<std::string, std::string> out;
    for (int i = 0; i < 1000; ++i) {
      const std::string key = fmt::format("work {}", i);
      out[key] = shares.owner_of(key)->name;
    }
    return out;
  }

  state::Draft draft_;
};

TEST_F(SharesTest, WorkIsDealtEvenlyAmongThoseThatAreAlive) {
  set(weft("a"));
  set(weft("b"));
  set(weft("c"));
  set(weft("gone", NodeLife::kFailed));
  set(weft("left", NodeLife::kLeft));
  set(Node{.name = "a machine"});
  std::map<std::string, int> counts;
  for (const auto& [key, owner] : deal(shares())) {
    ++counts[owner];
  }
  EXPECT_EQ(shares().nodes(), 3U);
  ASSERT_EQ(counts.size(), 3U);
  for (const auto& [owner, count] : counts) {
    EXPECT_GT(count, 250) << owner;
  }
}

TEST_F(SharesTest, OnlyTheWorkOfWhoWentChangesHands) {
  set(weft("a"));
  set(weft("b"));
  set(weft("c"));
  const auto before = deal(shares());
  set(weft("b", NodeLife::kFailed));
  for (const auto& [key, owner] : deal(shares())) {
    EXPECT_NE(owner, "b");
    if (before.at(key) != "b") {
      EXPECT_EQ(owner, before.at(key));
    }
  }
}

TEST_F(SharesTest, NobodyOwnsAnythingWhereNobodyIsAlive) {
  set(weft("a", NodeLife::kFailed));
  EXPECT_EQ(shares().owner_of("work"), nullptr);
}

TEST_F(SharesTest, WhatIsBoundToAPlaceIsDoneAtHomeAsLongAsItIsThere) {
  set(weft("a"));
  set(weft("b"));
  set(weft("c"));
  for (const CheckKind kind : {CheckKind::kTtl, CheckKind::kScript, CheckKind::kDocker}) {
    model::Instance instance = state::make_checked_instance("web-1", "web");
    instance.checks[0].kind = kind;
    for (const char* home : {"a", "b", "c"}) {
      instance.node = home;
      EXPECT_EQ(shares().owner_of(instance)->name, home);
    }
    instance.node = "elsewhere";
    EXPECT_NE(shares().owner_of(instance), nullptr);
  }
}

TEST_F(SharesTest, AStatusIsWrittenOnlyByWhoseTheCheckIsThen) {
  set(weft("a"));
  set(weft("b"));
  set(state::make_checked_instance("web-1", "web"));
  const auto command = [](const char* writer) {
    return as_share_of(writer,
                       put(state::make_check_state("web-1", "web", model::CheckStatus::kCritical)));
  };
  const std::string owner = shares().owner_of(draft_.find<model::Instance>("web-1")->object)->name;
  const std::string other = owner == "a" ? "b" : "a";
  EXPECT_EQ(apply(command(other.c_str())).error().code, base::Code::kConflict);
  set(weft(owner, NodeLife::kFailed));
  EXPECT_EQ(apply(command(owner.c_str())).error().code, base::Code::kConflict)
      << "it was its own before, and it may not know";
  EXPECT_TRUE(apply(command(other.c_str())));
}

TEST_F(SharesTest, SessionsEndByWhoseTheyAreAndLockDelaysByAnybody) {
  set(weft("a"));
  set(weft("b"));
  set(model::Session{.id = "s", .node = "a", .ttl = base::Seconds(10)});
  set(model::LockDelay{.key = "k"});
  EXPECT_EQ(apply(as_share_of("b", state::remove(model::Table::kSessions, "s"))).error().code,
            base::Code::kConflict);
  EXPECT_TRUE(apply(as_share_of("a", state::remove(model::Table::kSessions, "s"))));
  EXPECT_TRUE(apply(as_share_of("b", state::remove(model::Table::kLockDelays, "k"))));
}

}  // namespace
}  // namespace weft::membership
