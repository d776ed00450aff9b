#include "state/commands.h"

#include "base/described_enum.h"
#include "state/command_fixture_for_test.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weft::state {
namespace {

using model::CheckState;
using model::CheckStatus;
using model::Condition;
using model::Instance;
using model::Service;
using model::Table;
using testing::ElementsAre;
using testing::IsEmpty;

class Commands : public testing::Test {
 protected:
  base::Result<std::vector<model::Change>> run(const model::Command& command) {
    return apply(draft, command,
                 {.limits = limits, .reached = &reached, .cluster_defaults = defaults});
  }
  base::Code error_of(const model::Command& command) {
    const auto result = run(command);
    EXPECT_FALSE(result) << "it was applied";
    return result ? base::Code::kInternal : result.error().code;
  }
  // "+instances/a" created, "~" replaced, "-" deleted.
  std::vector<std::string> effects(const model::Command& command) {
    const auto result = run(command);
    EXPECT_TRUE(result) << base::describe(result.error());
    std::vector<std::string> all;
    for (const model::Change& change : result.value_or(std::vector<model::Change>())) {
      const char* sign = !has_row(change.before) ? "+" : has_row(change.after) ? "~" : "-";
      all.push_back(sign + std::string(base::enum_name(change.table())) + "/" + change.key());
    }
    return all;
  }

  Draft draft;
  CommandLimits limits;
  model::ClusterSettings defaults;
  base::MeterRegistry registry;
  base::LimitMeters reached{registry};
};

TEST_F(Commands, AServiceComesWithItsFirstInstanceAndGoesWithItsLast) {
  EXPECT_THAT(effects(put(make_instance("a", "web"))),
              ElementsAre("+services/web", "+instances/a"));
  EXPECT_THAT(effects(put(make_instance("b", "web"))), ElementsAre("+instances/b"));
  EXPECT_THAT(effects(remove(Table::kInstances, "a")), ElementsAre("-instances/a"));
  EXPECT_THAT(effects(remove(Table::kInstances, "b")),
              ElementsAre("-instances/b", "-services/web"));
}

TEST_F(Commands, ADeclaredServiceStaysWithoutInstances) {
  effects(put(Service{.name = "web"}));
  effects(put(make_instance("a", "web")));
  EXPECT_THAT(effects(remove(Table::kInstances, "a")), ElementsAre("-instances/a"));
  EXPECT_NE(draft.find<Service>("web"), nullptr);
}

TEST_F(Commands, IndexesGrowByOneAndARowKeepsTheOneItWasCreatedWith) {
  run(put(make_instance("a", "web"))).value();
  const auto changes = run(put(make_instance("a", "web", 81))).value();
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0].index, 3U);
  const auto row = draft.find<Instance>("a");
  EXPECT_EQ(row->created_index, 2U);
  EXPECT_EQ(row->modified_index, 3U);
  EXPECT_EQ(changes[0].before_as<Instance>()->object.port, 80U);
  EXPECT_EQ(changes[0].after_as<Instance>()->object.port, 81U);
  EXPECT_EQ(changes[0].actor, "tester");
}

TEST_F(Commands, NumbersAreKeptByUpdatesAndNeverGivenAgain) {
  run(put(make_instance("a", "web"))).value();
  const auto first = draft.find<Instance>("a")->number;
  run(put(make_instance("a", "web", 81))).value();
  EXPECT_EQ(draft.find<Instance>("a")->number, first);
  run(remove(Table::kInstances, "a")).value();
  run(put(make_instance("a", "web"))).value();
  EXPECT_GT(draft.find<Instance>("a")->number, first);
}

TEST_F(Commands, PuttingWhatIsThereChangesNothing) {
  effects(put(make_instance("a", "web")));
  EXPECT_THAT(effects(put(make_instance("a", "web"))), IsEmpty());
  EXPECT_EQ(draft.index(), 2U);
}

TEST_F(Commands, AnInvalidObjectIsRefused) {
  EXPECT_EQ(error_of(put(make_instance("", "web"))), base::Code::kInvalid);
  EXPECT_EQ(error_of({.actor = "tester"}), base::Code::kInvalid);
  EXPECT_EQ(draft.index(), 0U);
}

TEST_F(Commands, CreateOnlyRefusesAKeyThatExists) {
  effects(put(make_instance("a", "web"), Condition::absent()));
  EXPECT_EQ(error_of(put(make_instance("a", "web", 81), Condition::absent())),
            base::Code::kConflict);
}

TEST_F(Commands, CompareAndSetTakesOnlyTheCurrentIndex) {
  effects(put(make_instance("a", "web")));
  EXPECT_EQ(error_of(put(make_instance("a", "web", 81), Condition::index_is(1))),
            base::Code::kConflict);
  EXPECT_THAT(effects(put(make_instance("a", "web", 81), Condition::index_is(2))),
              ElementsAre("~instances/a"));
  EXPECT_EQ(error_of(put(make_instance("a", "web", 82), Condition::index_is(2))),
            base::Code::kConflict)
      << "two writers with one index: the second loses";
  EXPECT_EQ(error_of(remove(Table::kInstances, "a", Condition::index_is(2))),
            base::Code::kConflict);
  EXPECT_EQ(error_of(put(make_instance("none", "web"), Condition::index_is(3))),
            base::Code::kConflict);
}

TEST_F(Commands, DeletingWhatIsNotThereIsNotFoundUnlessAllowed) {
  EXPECT_EQ(error_of(remove(Table::kInstances, "a")), base::Code::kNotFound);
  EXPECT_THAT(effects(remove(Table::kInstances, "a", {})), IsEmpty());
}

TEST_F(Commands, ACommandHappensWholeOrNotAtAll) {
  effects(put(make_instance("a", "web")));
  const auto index = draft.index();
  model::Command command = put(make_instance("b", "shop"));
  command.steps.push_back(model::Delete{.table = Table::kInstances, .key = "a"});
  command.steps.push_back(model::Put{make_instance("c", "shop"), Condition::present()});
  EXPECT_EQ(error_of(command), base::Code::kNotFound);
  EXPECT_EQ(draft.index(), index);
  EXPECT_NE(draft.find<Instance>("a"), nullptr);
  EXPECT_NE(draft.find<Service>("web"), nullptr);
  EXPECT_EQ(draft.find<Instance>("b"), nullptr);
  EXPECT_EQ(draft.find<Service>("shop"), nullptr);
  EXPECT_EQ(draft.find_instance_of("shop"), nullptr);
  EXPECT_NE(draft.find_instance_of("web"), nullptr);
}

TEST_F(Commands, StepsSeeTheEffectsOfEarlierOnes) {
  model::Command command = put(make_instance("a", "web"), Condition::absent());
  command.steps.push_back(model::Put{make_instance("a", "web", 81), Condition::present()});
  EXPECT_THAT(effects(command), ElementsAre("+services/web", "+instances/a", "~instances/a"));
}

TEST_F(Commands, ACheckStatusNeedsTheCheckOfAnInstanceThatIsThere) {
  const CheckState state = make_check_state("a", "web", CheckStatus::kPassing);
  EXPECT_EQ(error_of(put(state)), base::Code::kNotFound);
  effects(put(make_instance("a", "web")));
  EXPECT_EQ(error_of(put(state)), base::Code::kNotFound) << "the instance has no check";
  effects(put(make_checked_instance("a", "web")));
  EXPECT_THAT(effects(put(state)), ElementsAre("+check_status/a\tdefault"));
}

TEST_F(Commands, AnInstanceTakesItsCheckStatusesAlong) {
  effects(put(make_checked_instance("a", "web")));
  effects(put(make_checked_instance("ab", "web")));
  effects(put(make_check_state("a", "web", CheckStatus::kPassing)));
  effects(put(make_check_state("ab", "web", CheckStatus::kPassing)));
  EXPECT_THAT(effects(remove(Table::kInstances, "a")),
              ElementsAre("-check_status/a\tdefault", "-instances/a"));
  EXPECT_NE(draft.find<CheckState>(model::check_key("ab", "default")), nullptr);
}

TEST_F(Commands, ACheckThatIsNoLongerAskedForLosesItsStatus) {
  effects(put(make_checked_instance("a", "web")));
  effects(put(make_check_state("a", "web", CheckStatus::kPassing)));
  Instance same = make_checked_instance("a", "web");
  same.weight = 7;
  EXPECT_THAT(effects(put(same)), ElementsAre("~instances/a")) << "a kept check keeps its status";
  EXPECT_THAT(effects(put(make_instance("a", "web"))),
              ElementsAre("~instances/a", "-check_status/a\tdefault"));
}

TEST_F(Commands, AnInstanceThatIsElsewhereOrCheckedOtherwiseHasNoResultYet) {
  const Instance first = make_checked_instance("a", "web");
  std::vector<Instance> others(3, first);
  others[0].port = 81;
  others[1].address = "10.0.0.2";
  others[2].checks[0].path = "/ready";
  for (const Instance& other : others) {
    effects(put(first));
    effects(put(make_check_state("a", "web", CheckStatus::kCritical)));
    EXPECT_THAT(effects(put(other)), ElementsAre("~instances/a", "-check_status/a\tdefault"));
  }
}

TEST_F(Commands, AnInstanceThatMovesLeavesItsOldServiceBehind) {
  effects(put(make_checked_instance("a", "web")));
  effects(put(make_check_state("a", "web", CheckStatus::kPassing)));
  EXPECT_THAT(
      effects(put(make_checked_instance("a", "shop"))),
      ElementsAre("+services/shop", "~instances/a", "-check_status/a\tdefault", "-services/web"));
  EXPECT_EQ(draft.find_instance_of("web"), nullptr);
}

TEST_F(Commands, ADeletedServiceTakesItsInstancesAndSettingsAlong) {
  effects(put(make_checked_instance("a", "web")));
  effects(put(make_check_state("a", "web", CheckStatus::kPassing)));
  effects(put(make_instance("b", "web")));
  effects(put(make_instance("x", "web2")));
  effects(put(model::ClusterSettings{.service = "web", .balancing = model::Balancing::kRandom}));
  EXPECT_THAT(effects(remove(Table::kServices, "web")),
              ElementsAre("-check_status/a\tdefault", "-instances/a", "-instances/b",
                          "-clusters/web", "-services/web"));
  EXPECT_NE(draft.find<Instance>("x"), nullptr);
}

TEST_F(Commands, SettingsOutliveTheInstancesOfTheirService) {
  effects(put(make_instance("a", "web")));
  effects(put(model::ClusterSettings{.service = "web"}));
  EXPECT_THAT(effects(remove(Table::kInstances, "a")),
              ElementsAre("-instances/a", "-services/web"));
  EXPECT_NE(draft.find<model::ClusterSettings>("web"), nullptr);
}

TEST_F(Commands, SettingsFollowWhatHoldsForEveryServiceExceptTheirOwn) {
  using model::Balancing;
  using model::ClusterSettings;
  const auto settings = [&](std::string service) {
    return draft.find<ClusterSettings>(service)->object;
  };
  const auto make = [](std::string service, std::vector<std::string> own) {
    ClusterSettings out{.service = std::move(service)};
    out.own = std::move(own);
    return out;
  };
  defaults.retry.retries = 7;
  ClusterSettings web = make("web", {"balancing"});
  web.balancing = Balancing::kRandom;
  web.retry.retries = 9;
  EXPECT_THAT(effects(put(web)), ElementsAre("+clusters/web"));
  EXPECT_EQ(settings("web").balancing, Balancing::kRandom);
  EXPECT_EQ(settings("web").retry.retries, 7U) << "not its own: what the node says";

  ClusterSettings every = make("*", {"balancing", "timeouts.request"});
  every.balancing = Balancing::kIpHash;
  every.timeouts.request = base::Seconds(3);
  EXPECT_THAT(effects(put(every)), ElementsAre("+clusters/*", "~clusters/web"));
  EXPECT_EQ(settings("web").balancing, Balancing::kRandom);
  EXPECT_EQ(settings("web").timeouts.request, base::Seconds(3));
  EXPECT_THAT(effects(put(make("shop", {}))), ElementsAre("+clusters/shop"));
  EXPECT_EQ(settings("shop").balancing, Balancing::kIpHash);

  EXPECT_THAT(effects(remove(Table::kClusters, "*")),
              ElementsAre("-clusters/*", "~clusters/shop", "~clusters/web"));
  EXPECT_EQ(settings("web").timeouts.request, defaults.timeouts.request);
  EXPECT_EQ(settings("web").balancing, Balancing::kRandom);
}

TEST_F(Commands, TwoRoutesMayNotShareAName) {
  effects(put(make_route("r1", "shop")));
  EXPECT_EQ(error_of(put(make_route("r2", "shop"))), base::Code::kConflict);
  EXPECT_THAT(effects(put(make_route("r1", "store"))), ElementsAre("~routes/r1"));
  EXPECT_THAT(effects(put(make_route("r2", "shop"))), ElementsAre("+routes/r2"));
  EXPECT_THAT(effects(put(make_route("r3", ""))), ElementsAre("+routes/r3"));
  EXPECT_THAT(effects(put(make_route("r4", ""))), ElementsAre("+routes/r4")) << "none is no name";
  effects(remove(Table::kRoutes, "r2"));
  EXPECT_THAT(effects(put(make_route("r5", "shop"))), ElementsAre("+routes/r5"));
}

TEST_F(Commands, AFullTableRefusesNewRowsButTakesUpdates) {
  limits.instances_max = 1;
  limits.services_max = 1;
  effects(put(make_instance("a", "web")));
  EXPECT_EQ(error_of(put(make_instance("b", "web"))), base::Code::kLimit);
  EXPECT_EQ(error_of(put(Service{.name = "shop"})), base::Code::kLimit);
  EXPECT_EQ(reached.count(base::Limit::kInstances), 1U);
  EXPECT_EQ(reached.count(base::Limit::kServices), 1U);
  EXPECT_THAT(effects(put(make_instance("a", "web", 81))), ElementsAre("~instances/a"));
}

TEST_F(Commands, ADrainChangesNothingElseOfTheInstance) {
  Instance wanted = make_checked_instance("a", "web");
  wanted.weight = 7;
  effects(put(wanted));
  effects(put(make_check_state("a", "web", CheckStatus::kPassing)));
  EXPECT_THAT(effects(drain("a", "disk swap")), ElementsAre("~instances/a"));
  wanted.enabled = false;
  wanted.disabled_reason = "disk swap";
  EXPECT_EQ(draft.find<Instance>("a")->object, wanted);
  EXPECT_NE(draft.find<CheckState>(model::check_key("a", "default")), nullptr)
      << "what its check found still holds";
  EXPECT_THAT(effects(drain("a", "disk swap")), IsEmpty());
  EXPECT_THAT(effects(drain("a")), IsEmpty()) << "who says nothing changes no reason";
  EXPECT_THAT(effects(drain("a", "moved")), ElementsAre("~instances/a"));
  EXPECT_THAT(effects(undrain("a")), ElementsAre("~instances/a"));
  EXPECT_EQ(draft.find<Instance>("a")->object.disabled_reason, "");
  EXPECT_TRUE(draft.find<Instance>("a")->object.enabled);
}

TEST_F(Commands, AnInstanceThatRegistersAgainStaysDrained) {
  effects(put(make_instance("a", "web")));
  effects(drain("a", "disk swap"));
  EXPECT_THAT(effects(put(make_instance("a", "web"))), IsEmpty());
  EXPECT_THAT(effects(put(make_instance("a", "web", 81))), ElementsAre("~instances/a"));
  const Instance moved = draft.find<Instance>("a")->object;
  EXPECT_EQ(moved.port, 81U);
  EXPECT_FALSE(moved.enabled);
  EXPECT_EQ(moved.disabled_reason, "disk swap");
}

TEST_F(Commands, AnInstanceThatWasRemovedComesBackInRotation) {
  effects(put(make_instance("a", "web")));
  effects(drain("a"));
  effects(remove(Table::kInstances, "a"));
  effects(put(make_instance("a", "web")));
  EXPECT_TRUE(draft.find<Instance>("a")->object.enabled);
}

TEST_F(Commands, ADrainNeedsAnInstanceAndAShortReason) {
  EXPECT_EQ(error_of(drain("a")), base::Code::kNotFound);
  effects(put(make_instance("a", "web")));
  EXPECT_EQ(error_of(drain("a", std::string(1025, 'x'))), base::Code::kInvalid);
  EXPECT_TRUE(draft.find<Instance>("a")->object.enabled);
}

TEST_F(Commands, ACommandWithTooManyStepsIsRefused) {
  limits.steps_max = 1;
  model::Command command = put(make_instance("a", "web"));
  command.steps.push_back(command.steps[0]);
  EXPECT_EQ(error_of(command), base::Code::kLimit);
}

}  // namespace
}  // namespace weft::state
