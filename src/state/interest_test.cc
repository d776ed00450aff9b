#include "state/interest.h"

#include "state/command_fixture_for_test.h"
#include "state/commands.h"

#include <gtest/gtest.h>

namespace weft::state {
namespace {

using model::Table;

TEST(Interest, MatchesItsPartOfTheStateAndNoOther) {
  Draft draft;
  const auto created = apply(draft, put(make_instance("a", "web")), {}).value();
  const model::Change& service = created.at(0);
  const model::Change& instance = created.at(1);
  EXPECT_TRUE(Interest::everything().matches(instance));
  EXPECT_TRUE(Interest::of_table(Table::kInstances).matches(instance));
  EXPECT_FALSE(Interest::of_table(Table::kInstances).matches(service));
  EXPECT_TRUE(Interest::of_key(Table::kInstances, "a").matches(instance));
  EXPECT_FALSE(Interest::of_key(Table::kServices, "a").matches(instance));
  EXPECT_TRUE(Interest::of_prefix(Table::kInstances, "").matches(instance));
  EXPECT_FALSE(Interest::of_prefix(Table::kInstances, "ab").matches(instance));
  EXPECT_TRUE(Interest::of_service("web").matches(instance));
  EXPECT_TRUE(Interest::of_service("web").matches(service));
  EXPECT_FALSE(Interest::of_service("we").matches(instance));
}

TEST(Interest, ADeletionMatchesByWhatWasThere) {
  Draft draft;
  apply(draft, put(make_instance("a", "web")), {}).value();
  const auto gone = apply(draft, remove(Table::kInstances, "a"), {}).value();
  EXPECT_TRUE(Interest::of_key(Table::kInstances, "a").matches(gone.at(0)));
  EXPECT_TRUE(Interest::of_service("web").matches(gone.at(0)));
}

TEST(Interest, RoutesAndSettingsConcernNoService) {
  Draft draft;
  const auto changes = apply(draft, put(make_route("r", "shop")), {}).value();
  EXPECT_FALSE(Interest::of_service("web").matches(changes.at(0)));
}

}  // namespace
}  // namespace weft::state
