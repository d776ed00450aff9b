#include "state/draft.h"

#include "state/codec.h"
#include "state/command_fixture_for_test.h"
#include "state/commands.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace weft::state {
namespace {

using model::Instance;
using model::Service;
using model::Table;

std::vector<model::Change> run(Draft& draft, const model::Command& command) {
  auto changes = apply(draft, command, {.time = base::WallTime(base::Seconds(1000))});
  EXPECT_TRUE(changes) << base::describe(changes.error());
  return changes.value_or(std::vector<model::Change>());
}

TEST(Draft, AFrozenViewDoesNotSeeLaterCommands) {
  Draft draft;
  run(draft, put(make_instance("a", "web")));
  const auto view = draft.freeze();
  run(draft, remove(Table::kInstances, "a"));
  EXPECT_EQ(view->index(), 2U);
  EXPECT_NE(view->find<Instance>("a"), nullptr);
  EXPECT_NE(view->find<Service>("web"), nullptr);
  EXPECT_EQ(draft.freeze()->find<Instance>("a"), nullptr);
}

TEST(Draft, ResetGoesBackToAViewButNotToItsIndex) {
  Draft draft;
  run(draft, put(make_instance("a", "web")));
  run(draft, put(make_route("r", "shop")));
  const auto view = draft.freeze();
  run(draft, remove(Table::kInstances, "a"));
  run(draft, remove(Table::kRoutes, "r"));
  const auto index = draft.index();
  draft.reset(*view);
  EXPECT_NE(draft.find<Instance>("a"), nullptr);
  EXPECT_NE(draft.find_instance_of("web"), nullptr);
  EXPECT_NE(draft.find_route_named("shop"), nullptr);
  EXPECT_EQ(draft.index(), index);
}

Instance make_named_check(std::string id, std::string service, std::string check_name) {
  Instance instance = make_checked_instance(std::move(id), std::move(service));
  instance.checks.front().details.emplace().name = std::move(check_name);
  return instance;
}

bool share_details(const Draft& draft, std::string_view one, std::string_view other) {
  const auto a = draft.find<Instance>(one);
  const auto b = draft.find<Instance>(other);
  return a->object.checks.front().details.shares_with(b->object.checks.front().details);
}

TEST(Draft, InstancesOfAServiceShareEqualDetailsOfTheirChecks) {
  Draft draft;
  std::vector<model::Change> changes;
  for (const auto& [id, service, name] :
       {std::tuple("a", "web", "up"), std::tuple("b", "db", "up"), std::tuple("c", "web", "up"),
        std::tuple("d", "web", "other")}) {
    const auto made = run(draft, put(make_named_check(id, service, name)));
    changes.insert(changes.end(), made.begin(), made.end());
  }
  EXPECT_TRUE(share_details(draft, "a", "c"));
  EXPECT_FALSE(share_details(draft, "a", "d"));
  EXPECT_EQ(draft.find<Instance>("d")->object.checks.front().details->name, "other");

  Draft loaded;
  for (const model::Change& change : changes) {
    const StoredChange stored = encode(change);
    ASSERT_TRUE(loaded.load({stored.table, stored.key, *stored.after, stored.created_index, 1}));
  }
  EXPECT_TRUE(share_details(loaded, "a", "c"));
  EXPECT_FALSE(share_details(loaded, "a", "d"));
}

TEST(Draft, LoadsWhatTheStoreKept) {
  Draft source;
  std::vector<model::Change> changes = run(source, put(make_checked_instance("a", "web")));
  Draft copy;
  for (const model::Change& change : changes) {
    const StoredChange stored = encode(change);
    ASSERT_TRUE(
        copy.load({stored.table, stored.key, *stored.after, stored.created_index, stored.index}));
  }
  const auto row = copy.find<Instance>("a");
  ASSERT_NE(row, nullptr);
  EXPECT_EQ(row->object, source.find<Instance>("a")->object);
  EXPECT_EQ(row->created_index, 2U);
  EXPECT_NE(copy.find_instance_of("web"), nullptr);
}

TEST(Draft, RefusesWhatItCannotReadInsteadOfForgettingIt) {
  Draft draft;
  EXPECT_EQ(draft.load({"instances", "a", "{", 1, 1}).error().code, base::Code::kInvalid);
  EXPECT_EQ(draft.load({"instances", "a", "{}", 1, 1}).error().code, base::Code::kInvalid);
  EXPECT_EQ(draft.load({"planets", "a", "{}", 1, 1}).error().code, base::Code::kUnsupported);
}

TEST(Draft, ReplayedChangesLeadToTheSameTables) {
  Draft source;
  std::vector<model::Change> changes;
  for (const model::Command& command :
       {put(make_instance("a", "web")), put(make_instance("a", "shop")),
        put(make_route("r", "one")), put(make_route("r", "two")), remove(Table::kRoutes, "r"),
        put(make_instance("b", "web"))}) {
    for (model::Change& change : run(source, command)) {
      changes.push_back(std::move(change));
    }
  }
  Draft copy;
  for (const model::Change& change : changes) {
    const auto replayed = copy.replay(encode(change));
    ASSERT_TRUE(replayed);
    EXPECT_EQ(replayed->index, change.index);
    EXPECT_EQ(has_row(replayed->before), has_row(change.before));
    EXPECT_EQ(has_row(replayed->after), has_row(change.after));
  }
  EXPECT_EQ(copy.index(), source.index());
  const auto expected = source.freeze();
  const auto got = copy.freeze();
  EXPECT_EQ(got->all<Instance>().size(), expected->all<Instance>().size());
  for (const auto& row : expected->all<Instance>()) {
    ASSERT_NE(got->find<Instance>(row->object.id), nullptr);
    EXPECT_EQ(got->find<Instance>(row->object.id)->object, row->object);
    EXPECT_EQ(got->find<Instance>(row->object.id)->modified_index, row->modified_index);
  }
  EXPECT_EQ(copy.find_route_named("two"), nullptr);
}

TEST(Codec, AChangeReadsBackFromTheLogWithEveryFact) {
  Draft draft;
  run(draft, put(make_instance("a", "web")));
  const auto changes = run(draft, put(make_instance("a", "web", 81)));
  const auto decoded = decode(encode(changes.at(0)));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->index, 3U);
  EXPECT_EQ(decoded->actor, "tester");
  EXPECT_EQ(decoded->time, base::WallTime(base::Seconds(1000)));
  EXPECT_EQ(decoded->before_as<Instance>()->object.port, 80U);
  EXPECT_EQ(decoded->after_as<Instance>()->object.port, 81U);
  EXPECT_EQ(decoded->after_as<Instance>()->created_index, 2U);
}

}  // namespace
}  // namespace weft::state
