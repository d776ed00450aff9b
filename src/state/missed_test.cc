#include "state/missed.h"

#include "state/codec.h"
#include "state/command_fixture_for_test.h"
#include "state/commands.h"
#include "state/mesh_for_test.h"
#include "state/store_memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weft::state {
namespace {

using testing::HasSubstr;

class MissedTest : public testing::Test {
 protected:
  // What a node does that is not asked here.
  void write(StoreMemory& store, const model::Command& command) {
    const std::uint64_t last = theirs_.index();
    const auto changes = apply(theirs_, command, {});
    ASSERT_TRUE(changes);
    std::vector<StoredChange> stored;
    for (const model::Change& change : *changes) {
      stored.push_back(encode(change));
    }
    ASSERT_TRUE(store.append(last, stored));
  }
  base::Result<Missed> read(Store& store) {
    return read_missed(store, *ours_.freeze(), ours_.blank(), log_);
  }

  std::ostringstream log_text_;
  base::Log log_{{.queue_lines = 0}, log_text_};
  Draft theirs_;
  Draft ours_;
};

TEST_F(MissedTest, IsNothingWhenNobodyWrote) {
  StoreMemory store;
  const auto missed = read(store);
  ASSERT_TRUE(missed);
  EXPECT_TRUE(missed->changes.empty());
  EXPECT_FALSE(missed->reloaded);
}

TEST_F(MissedTest, IsEveryChangeHoweverMany) {
  StoreMemory store;
  for (int i = 0; i < 9000; ++i) {
    write(store, put(make_route("r", "name " + std::to_string(i))));
  }
  const auto missed = read(store);
  ASSERT_TRUE(missed);
  ASSERT_EQ(missed->changes.size(), 9000U);
  for (std::uint64_t i = 0; i < 9000; ++i) {
    ASSERT_EQ(missed->changes[i].index, i + 1);
  }
}

TEST_F(MissedTest, IsEverythingAnewWhenTheLogBeginsLater) {
  StoreMemory store({.retention = {.changes_max = 5}});
  write(store, put(make_instance("same", "web")));
  write(store, put(make_instance("other", "web")));
  const auto loaded = load_all(store, ours_, *std::make_shared<const model::View>(), log_);
  ASSERT_TRUE(loaded);
  const auto view = ours_.freeze();
  for (int i = 0; i < 20; ++i) {
    write(store, put(make_instance("other", "web", 100 + static_cast<std::uint32_t>(i))));
  }
  write(store, put(make_instance("third", "web")));
  auto missed = read(store);
  ASSERT_TRUE(missed);
  ASSERT_TRUE(missed->reloaded);
  Draft reloaded = std::move(missed->reloaded).value_or(Draft());
  EXPECT_EQ(reloaded.index(), 24U);
  const auto now = reloaded.freeze();
  EXPECT_EQ(dump(*now), dump(*theirs_.freeze()));
  EXPECT_EQ(now->find<model::Instance>("same"), view->find<model::Instance>("same"))
      << "the very same row";
  EXPECT_EQ(now->find<model::Instance>("other")->number,
            view->find<model::Instance>("other")->number);
  EXPECT_GT(now->find<model::Instance>("third")->number,
            view->find<model::Instance>("other")->number);
}

TEST_F(MissedTest, AnObjectThatCannotBeReadIsNamed) {
  StoreMemory store({.retention = {.changes_max = 1}});
  StoredChange broken{.index = 1,
                      .actor = "tester",
                      .table = "instances",
                      .key = "bad-one",
                      .created_index = 1,
                      .before = std::nullopt,
                      .after = "{"};
  ASSERT_TRUE(store.append(0, std::vector{broken}));
  broken.index = 2;
  ASSERT_TRUE(store.append(1, std::vector{broken}));
  const auto missed = read(store);
  ASSERT_FALSE(missed);
  EXPECT_EQ(missed.error().code, base::Code::kInvalid);
  EXPECT_THAT(log_text_.str(), HasSubstr("key=bad-one"));
}

}  // namespace
}  // namespace weft::state
