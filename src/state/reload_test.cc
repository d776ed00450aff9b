#include "state/reload.h"

#include "state/command_fixture_for_test.h"
#include "state/commands.h"
#include "state/mesh_for_test.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weft::state {
namespace {

using model::Instance;
using model::Table;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr base::WallTime kLater{base::Seconds(2000)};

void carry_out(Draft& draft, const model::Command& command) {
  ASSERT_TRUE(apply(draft, command, {.time = base::WallTime(base::Seconds(1000))}));
}

std::vector<std::string> told(const std::vector<model::Change>& changes) {
  std::vector<std::string> all;
  all.reserve(changes.size());
  for (const model::Change& change : changes) {
    all.push_back(fmt::format("{} {}{}", change.index, model::has_row(change.after) ? "" : "-",
                              change.key()));
  }
  return all;
}

class Reload : public testing::Test {
 protected:
  void SetUp() override {
    carry_out(draft_, put(make_instance("a", "web")));
    carry_out(draft_, put(make_instance("b", "api")));
    carry_out(draft_, put(make_route("r", "")));
    before_ = draft_.freeze();
    ASSERT_EQ(before_->index(), 5U);
  }
  std::vector<model::Change> changes() {
    after_ = draft_.freeze();
    return changes_of_reload(*before_, *after_, kLater);
  }

  Draft draft_;
  std::shared_ptr<const model::View> before_;
  std::shared_ptr<const model::View> after_;
};

TEST_F(Reload, OfEqualRowsThereIsNone) {
  draft_.set_index(9);
  EXPECT_THAT(changes(), IsEmpty());
}

TEST_F(Reload, WhatIsThereHasTheIndexOfItsLastChange) {
  carry_out(draft_, put(make_instance("a", "web", 81)));
  carry_out(draft_, put(make_route("s", "")));
  carry_out(draft_, put(make_instance("a", "web", 82)));
  const auto found = changes();
  EXPECT_THAT(told(found), ElementsAre("7 s", "8 a"));
  EXPECT_EQ(found.at(0).time, kLater);
  EXPECT_FALSE(model::has_row(found.at(0).before));
  EXPECT_EQ(found.at(1).before_as<Instance>()->object.port, 80U);
  EXPECT_EQ(found.at(1).after_as<Instance>()->object.port, 82U);
}

TEST_F(Reload, DeletionsHaveTheHighestIndexesThatAreLeft) {
  carry_out(draft_, remove(Table::kInstances, "b"));  // and its service: 6, 7
  carry_out(draft_, put(make_route("s", "")));        // 8
  EXPECT_THAT(told(changes()), ElementsAre("6 -b", "7 -api", "8 s"));
  carry_out(draft_, put(make_route("s", "again")));  // 9
  EXPECT_THAT(told(changes()), ElementsAre("7 -b", "8 -api", "9 s"));
}

TEST_F(Reload, WhatCameAndWentIsNotTold) {
  carry_out(draft_, put(make_route("s", "")));
  carry_out(draft_, remove(Table::kRoutes, "s"));
  EXPECT_THAT(changes(), IsEmpty());
}

TEST_F(Reload, AnObjectThatWasDeletedAndMadeAgainIsOneChange) {
  carry_out(draft_, remove(Table::kRoutes, "r"));
  carry_out(draft_, put(make_route("r", "")));
  const auto found = changes();
  EXPECT_THAT(told(found), ElementsAre("7 r"));
  EXPECT_TRUE(model::has_row(found.at(0).before));
}

// A database that went back: the rows are older than what was seen.
TEST_F(Reload, WhatIsOlderThanBeforeSharesTheLastIndex) {
  Draft other;
  carry_out(other, put(make_instance("a", "web", 90)));
  other.set_index(6);
  draft_ = other;
  const auto found = changes();
  EXPECT_THAT(told(found), ElementsAre("6 a", "6 -r", "6 -b", "6 -api"));
}

TEST_F(Reload, AppliedToTheOldViewItMakesTheNewOne) {
  for (int i = 0; i < 200; ++i) {
    carry_out(draft_, put(make_instance(fmt::format("i{}", i % 90), i % 3 == 0 ? "web" : "new")));
    if (i % 5 == 0) {
      carry_out(draft_, remove(Table::kInstances, fmt::format("i{}", i % 90)));
    }
  }
  carry_out(draft_, remove(Table::kServices, "api"));
  const auto found = changes();
  Draft replayed;
  replayed.reset(*before_);
  std::uint64_t last = before_->index();
  for (const model::Change& change : found) {
    EXPECT_GT(change.index, last);
    last = change.index;
    replayed.set(change.before, change.after);
  }
  EXPECT_LE(last, after_->index());
  EXPECT_EQ(dump(*replayed.freeze()), dump(*after_));
}

}  // namespace
}  // namespace weft::state
