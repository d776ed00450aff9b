#include "state/rollback.h"

#include "base/described_encode.h"
#include "base/described_enum.h"
#include "state/command_fixture_for_test.h"
#include "state/random_commands_for_test.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

namespace weft::state {
namespace {

using model::Instance;
using model::Table;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using ViewPtr = std::shared_ptr<const model::View>;

class Rollback : public testing::Test {
 protected:
  void SetUp() override { context_.cluster_defaults.service = model::kEveryService; }

  void must(const model::Command& command) {
    const auto applied = apply(draft_, command, context_);
    ASSERT_TRUE(applied) << base::describe(applied.error());
  }
  ViewPtr now() { return draft_.freeze(); }

  // Plans and carries out.
  RollbackPlan back_to(const ViewPtr& then, std::uint32_t tables = kIntentTables) {
    auto plan = plan_rollback(*now(), *then, tables, context_);
    EXPECT_TRUE(plan) << base::describe(plan.error());
    if (plan && !plan->steps.empty()) {
      must({.actor = "tester", .steps = plan->steps});
    }
    return plan.value_or(RollbackPlan());
  }

  // "+instances/a": now it is not there and then it was; "~" and "-" likewise.
  static std::vector<std::string> words(const std::vector<Difference>& all) {
    std::vector<std::string> out;
    for (const Difference& one : all) {
      const char* sign = !has_row(one.before) ? "+" : has_row(one.after) ? "~" : "-";
      out.push_back(sign + std::string(base::enum_name(table_of(one.row()))) + "/" +
                    key_of(one.row()));
    }
    return out;
  }
  void expect_as(const ViewPtr& then, std::uint32_t tables = kIntentTables) {
    EXPECT_THAT(words(differences(*now(), *then, tables)), IsEmpty());
  }

  Draft draft_;
  CommandContext context_;
};

TEST_F(Rollback, BringsBackEveryTableToTheByte) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    draft_ = Draft();
    RandomCommands random(seed);
    std::vector<ViewPtr> seen;
    for (int i = 0; i < 40; ++i) {
      static_cast<void>(apply(draft_, random.next(), context_));
      seen.push_back(now());
    }
    for (std::size_t i = 0; i < seen.size(); i += 5) {
      SCOPED_TRACE("seed " + std::to_string(seed) + " to " + std::to_string(i));
      const RollbackPlan plan = back_to(seen[i]);
      EXPECT_THAT(words(plan.left), IsEmpty());
      expect_as(seen[i]);
      if (HasFailure()) {
        return;
      }
      static_cast<void>(apply(draft_, random.next(), context_));
    }
  }
}

TEST_F(Rollback, SaysWhatItComesTo) {
  must(put(make_checked_instance("a", "web")));
  const ViewPtr then = now();
  must(put(make_check_state("a", "web", model::CheckStatus::kCritical)));
  must(remove(Table::kInstances, "a"));
  must(put(make_instance("b", "other")));
  const std::uint64_t index = draft_.index();
  const auto plan = plan_rollback(*now(), *then, kIntentTables, context_);
  ASSERT_TRUE(plan);
  EXPECT_EQ(draft_.index(), index) << "a plan changes nothing";
  EXPECT_THAT(words(plan->changes), UnorderedElementsAre("+services/web", "-services/other",
                                                         "+instances/a", "-instances/b"));
}

TEST_F(Rollback, OfWhatIsAsItWasThereIsNothingToDo) {
  must(put(make_checked_instance("a", "web")));
  const ViewPtr then = now();
  must(put(make_check_state("a", "web", model::CheckStatus::kCritical)));
  const RollbackPlan plan = back_to(then);
  EXPECT_TRUE(plan.steps.empty()) << "what a check said is no intent";
  EXPECT_THAT(words(plan.changes), IsEmpty());
}

TEST_F(Rollback, TouchesTheAskedTablesOnly) {
  must(put(make_instance("a", "web")));
  must(put(make_route("r", "front")));
  const ViewPtr then = now();
  must(put(make_instance("a", "web", 81)));
  must(put(make_route("r", "back")));
  back_to(then, Interest::bit(Table::kRoutes));
  EXPECT_EQ(now()->find<model::Route>("r")->object.name, "front");
  EXPECT_EQ(now()->find<Instance>("a")->object.port, 81U);
}

TEST_F(Rollback, BringsBackARotationThatAPutWouldKeep) {
  must(put(make_instance("a", "web")));
  const ViewPtr in = now();
  must(drain("a", "disks"));
  const ViewPtr out = now();
  back_to(in);
  EXPECT_TRUE(now()->find<Instance>("a")->object.enabled);
  must(put(make_instance("a", "web", 81)));
  back_to(out);
  expect_as(out);
  EXPECT_EQ(now()->find<Instance>("a")->object.disabled_reason, "disks");
}

TEST_F(Rollback, RoutesThatHaveSwappedTheirNamesSwapBack) {
  must(put(make_route("r1", "front")));
  must(put(make_route("r2", "back")));
  const ViewPtr then = now();
  must(put(make_route("r1", "")));
  must(put(make_route("r2", "front")));
  must(put(make_route("r1", "back")));
  back_to(then);
  expect_as(then);
}

TEST_F(Rollback, AnInstanceThatMovedAwayIsBackBeforeItsNewNodeGoes) {
  model::Instance there = make_instance("a", "web");
  there.node = "n1";
  must(put(model::Node{.name = "n1"}));
  must(put(there));
  const ViewPtr then = now();
  must(put(model::Node{.name = "n2"}));
  there.node = "n2";
  must(put(there));
  back_to(then);
  expect_as(then);
}

TEST_F(Rollback, LeavesToALockItsHolder) {
  model::Session session{.id = "s", .node = "n"};
  must(put(model::Node{.name = "n"}));
  must(put(session));
  must(put(model::KvEntry{.key = "leader"}));
  const ViewPtr then = now();
  model::KvEntry entry{.key = "leader"};
  must({.actor = "tester", .steps = {model::Lock{entry, "s"}}});
  EXPECT_TRUE(back_to(then).steps.empty()) << "who holds it is no intent";
  entry.flags = 7;
  must(put(entry));
  const RollbackPlan plan = back_to(then);
  EXPECT_THAT(words(plan.changes), ElementsAre("~kv/leader"));
  EXPECT_THAT(words(plan.left), IsEmpty());
  EXPECT_EQ(now()->find<model::KvEntry>("leader")->object.flags, 0U);
  EXPECT_EQ(now()->find<model::KvEntry>("leader")->object.session, "s");
}

TEST_F(Rollback, AProcessOfTheMeshSaysItselfWhereItIs) {
  must(put(make_instance("a", "web")));
  const ViewPtr before = now();
  model::Node self{.name = "weft-1", .address = "10.0.0.1", .is_weft = true};
  self.metadata["rack"] = "1";
  must(put(self));
  const ViewPtr then = now();
  self.address = "10.0.0.2";
  self.metadata["rack"] = "2";
  must(put(self));
  back_to(then);
  const model::Node& node = now()->find<model::Node>("weft-1")->object;
  EXPECT_EQ(node.address, "10.0.0.2");
  EXPECT_EQ(node.metadata.at("rack"), json::value("1"));
  EXPECT_TRUE(back_to(before).steps.empty()) << "it runs, so it has a row";
}

TEST_F(Rollback, SettingsThatFollowOthersAreNoDifference) {
  model::ClusterSettings web;
  web.service = "web";
  web.own = {"balancing"};
  must(put(web));
  const ViewPtr then = now();
  context_.cluster_defaults.retry.retries = 7;  // as after a restart
  draft_.reset(*then);
  model::ClusterSettings other = web;
  other.own->push_back("timeouts.idle");
  must(put(other));
  const RollbackPlan plan = back_to(then);
  EXPECT_THAT(words(plan.changes), ElementsAre("~clusters/web"));
  EXPECT_THAT(words(plan.left), IsEmpty());
  const model::ClusterSettings& now_is = now()->find<model::ClusterSettings>("web")->object;
  EXPECT_EQ(*now_is.own, (std::vector<std::string>{"balancing"}));
  EXPECT_EQ(now_is.retry.retries, 7U) << "not its own";
  EXPECT_TRUE(back_to(then).steps.empty());
}

TEST_F(Rollback, WhatWasWrittenMeanwhileIsNotOverwritten) {
  must(put(make_instance("a", "web")));
  const ViewPtr then = now();
  must(put(make_instance("a", "web", 81)));
  must(remove(Table::kServices, "web"));
  must(put(make_instance("a", "web", 82)));
  must(put(make_route("r", "front")));
  const auto plan = plan_rollback(*now(), *then, kIntentTables, context_);
  ASSERT_TRUE(plan);
  must(put(make_instance("a", "web", 83)));
  const ViewPtr before = now();
  const auto late = apply(draft_, {.actor = "tester", .steps = plan->steps}, context_);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, base::Code::kConflict);
  EXPECT_THAT(words(differences(*before, *now(), ~std::uint32_t{0})), IsEmpty());
}

TEST_F(Rollback, WhatIsRefusedIsRefusedWhole) {
  must(put(make_instance("a", "web")));
  const ViewPtr then = now();
  must(remove(Table::kInstances, "a"));
  context_.limits.instances_max = 0;
  const auto plan = plan_rollback(*now(), *then, kIntentTables, context_);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().code, base::Code::kLimit);
}

}  // namespace
}  // namespace weft::state
