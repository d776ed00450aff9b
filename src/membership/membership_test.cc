#include "membership/membership.h"

#include "state/mesh_for_test.h"
#include "state/store_memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weft::membership {
namespace {

using base::Code;
using model::Node;
using model::NodeLife;
using state::NodeForTest;
using state::StoreMemory;
using testing::HasSubstr;

// A node with its state and its membership. Thread: its loop.
struct Member {
  Member(io::Loop& on, std::unique_ptr<StoreMemory> store, Identity who,
         const Membership::Options& options)
      : self(std::move(who)),
        disk(store.get()),
        node(on, std::move(store), {}),
        membership({on, node.state, node.log, node.meters}, self, options) {}

  static io::Task<void> write_row(Member* member) {
    model::Command command =
        state::put(Node{.name = member->self.name, .id = member->self.id, .is_weft = true});
    const auto applied = co_await member->node.state.apply(std::move(command));
    EXPECT_TRUE(applied) << base::describe(applied.error());
  }
  static io::Task<void> begin(Member* member) {
    co_await member->node.start();
    member->joined = co_await member->membership.join();
    if (member->joined) {
      co_await write_row(member);
      member->membership.start([member] { return write_row(member); });
    }
  }
  NodeLife life_of(std::string_view name) const {
    return node.view().find<Node>(name)->object.life;
  }

  const Identity self;
  StoreMemory* disk;
  NodeForTest node;
  Membership membership;
  base::Result<void> joined;
};

class MembershipTest : public testing::Test {
 protected:
  void TearDown() override {
    for (const auto& member : members_) {
      end(*member);
    }
  }
  // Another node on the same store.
  Member& add(const std::string& name, const std::string& id) {
    auto store = members_.empty()
                     ? std::make_unique<StoreMemory>(StoreMemory::Options{.is_shared = is_shared_})
                     : members_.front()->disk->open_beside();
    members_.push_back(
        std::make_unique<Member>(loop_, std::move(store), Identity{name, id}, options_));
    loop_.run_until_done(Member::begin(members_.back().get()));
    return *members_.back();
  }
  void end(Member& member) {
    loop_.run_until_done(member.membership.stop());
    loop_.run_until_done(member.node.state.stop());
  }
  template <class Condition>
  void turn_until(Condition is_so) {
    while (!is_so()) {
      loop_.turn_once(loop_.now() + base::Millis(5));
    }
  }

  bool is_shared_ = true;
  Membership::Options options_{.look_interval = base::Millis(1), .join_patience = base::Millis(1)};
  io::Loop loop_{*io::make_driver(io::DriverKind::kEpoll), "test", 1};
  std::vector<std::unique_ptr<Member>> members_;
};

TEST_F(MembershipTest, WhoIsNotThereAnyLongerHasFailedAndIsAliveAgainWhenItComesBack) {
  Member& a = add("a", "id-a");
  Member& b = add("b", "id-b");
  turn_until([&] { return a.node.view().find<Node>("b") != nullptr; });
  b.disk->set_fault_for_test(StoreMemory::Fault::kRefuse);
  turn_until([&] { return a.life_of("b") == NodeLife::kFailed; });
  EXPECT_EQ(a.life_of("a"), NodeLife::kAlive);
  b.disk->set_fault_for_test(StoreMemory::Fault::kNone);
  turn_until([&] { return a.life_of("b") == NodeLife::kAlive; });
  EXPECT_THAT(b.node.log_text.str(), HasSubstr("others took this node for failed"));
}

TEST_F(MembershipTest, WhoLeavesHasLeft) {
  const Member& a = add("a", "id-a");
  Member& b = add("b", "id-b");
  loop_.run_until_done(b.membership.leave());
  turn_until([&] {
    return a.node.view().find<Node>("b") != nullptr && a.life_of("b") == NodeLife::kLeft;
  });
}

TEST_F(MembershipTest, TheNameOfANodeThatIsThereIsRefused) {
  add("a", "id-a");
  const Member& other = add("a", "id-b");
  ASSERT_FALSE(other.joined);
  EXPECT_EQ(other.joined.error().code, Code::kConflict);
  EXPECT_THAT(other.joined.error().what, HasSubstr("node.name"));
}

TEST_F(MembershipTest, TheIdOfANodeThatIsThereIsRefused) {
  add("a", "id-a");
  const Member& other = add("b", "id-a");
  ASSERT_FALSE(other.joined);
  EXPECT_THAT(other.joined.error().what, HasSubstr("node-id"));
}

TEST_F(MembershipTest, ANameThatNobodyHasAnyLongerIsFree) {
  end(add("a", "id-a"));
  EXPECT_TRUE(members_.front()->disk->release());
  EXPECT_TRUE(add("a", "id-b").joined);
}

TEST_F(MembershipTest, TheRowOfAnEarlierNameHasLeft) {
  Member& first = add("before", "id-a");
  end(first);
  EXPECT_TRUE(first.disk->release());
  const Member& now = add("after", "id-a");
  turn_until([&] { return now.life_of("before") == NodeLife::kLeft; });
  EXPECT_EQ(now.life_of("after"), NodeLife::kAlive);
}

TEST_F(MembershipTest, AStoreOfOnesOwnHasNoOthers) {
  is_shared_ = false;
  Member& a = add("a", "id-a");
  model::Command command = state::put(Node{.name = "b", .id = "id-b", .is_weft = true});
  struct Apply {
    static io::Task<void> run(state::State* state, model::Command wanted) {
      const auto applied = co_await state->apply(std::move(wanted));
      EXPECT_TRUE(applied);
    }
  };
  loop_.run_until_done(Apply::run(&a.node.state, std::move(command)));
  a.membership.start([&a] { return Member::write_row(&a); });
  turn_until([&] { return a.life_of("b") == NodeLife::kLeft; });
}

TEST_F(MembershipTest, SessionsWithoutATimeToLiveFallWithTheirNode) {
  Member& a = add("a", "id-a");
  Member& b = add("b", "id-b");
  struct Apply {
    static io::Task<void> run(state::State* state) {
      model::Command command;
      command.actor = "tester";
      command.steps.emplace_back(model::Put{
          model::Session{.id = "bare", .node = "b", .node_checks = {model::kAliveCheck}}});
      command.steps.emplace_back(model::Put{model::Session{.id = "timed",
                                                           .node = "b",
                                                           .ttl = base::Seconds(10),
                                                           .node_checks = {model::kAliveCheck}}});
      const auto applied = co_await state->apply(std::move(command));
      EXPECT_TRUE(applied) << base::describe(applied.error());
    }
  };
  loop_.run_until_done(Apply::run(&b.node.state));
  b.disk->set_fault_for_test(StoreMemory::Fault::kRefuse);
  turn_until([&] {
    return a.node.view().find<Node>("b") != nullptr && a.life_of("b") == NodeLife::kFailed;
  });
  EXPECT_EQ(a.node.view().find<model::Session>("bare"), nullptr);
  EXPECT_NE(a.node.view().find<model::Session>("timed"), nullptr);
}

}  // namespace
}  // namespace weft::membership
