// Several States on one store: what a client may rely on whichever node it asks.
#include "state/codec.h"
#include "state/mesh_for_test.h"
#include "state/store_memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <latch>
#include <thread>

namespace weft::state {
namespace {

using base::Code;
using base::Result;
using model::Condition;
using model::Instance;
using model::Table;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class SharedState : public testing::Test {
 protected:
  void SetUp() override { build({.is_shared = true}); }
  void TearDown() override { stop_all(); }

  // Starts nodes `a` and `b` on a new store.
  void build(const StoreMemory::Options& kept) {
    stop_all();
    auto first = std::make_unique<StoreMemory>(kept);
    auto second = first->open_beside();
    outside_ = first->open_beside();
    disk_a_ = first.get();
    disk_b_ = second.get();
    a_ = std::make_unique<NodeForTest>(loop_, std::move(first), options_);
    b_ = std::make_unique<NodeForTest>(loop_, std::move(second), options_);
    run(a_->start());
    run(b_->start());
  }
  void stop_all() {
    for (auto* node : {&a_, &b_}) {
      if (*node != nullptr) {
        run((*node)->state.stop());
        node->reset();
      }
    }
  }

  void run(io::Task<void> task) { loop_.run_until_done(std::move(task)); }
  template <class Condition>
  void turn_until(Condition is_so) {
    while (!is_so()) {
      loop_.turn_once(loop_.now() + base::Millis(5));
    }
  }

  // Begins a write; its outcome goes to `outcomes_` when it ends.
  void write(NodeForTest& node, model::Command command) {
    scope_.spawn("writer", write_task(&node.state, std::move(command)));
  }
  io::Task<void> write_task(State* state, model::Command command) {
    outcomes_.push_back(co_await state->apply(std::move(command)));
  }
  void finish() {
    turn_until([this] { return scope_.size() == 0; });
  }
  Result<Applied> apply(NodeForTest& node, model::Command command) {
    outcomes_.clear();
    write(node, std::move(command));
    finish();
    return outcomes_.at(0);
  }
  Result<void> catch_up(NodeForTest& node) {
    struct Ask {
      static io::Task<void> run(State* state, Result<void>* out) {
        *out = co_await state->catch_up();
      }
    };
    Result<void> out = base::fail(Code::kInternal, "it did not end");
    run(Ask::run(&node.state, &out));
    return out;
  }
  // Both nodes have everything that is in the store.
  void settle() {
    ASSERT_TRUE(catch_up(*a_));
    ASSERT_TRUE(catch_up(*b_));
    ASSERT_EQ(a_->view().index(), b_->view().index());
  }

  // Appends to the store as a node would that is not here.
  void append_outside(const model::Object& object) {
    std::uint64_t last = 0;
    while (true) {
      last = outside_->load([](const StoredObject&) -> Result<void> { return {}; }).value_or(0);
      Draft draft;
      EXPECT_TRUE(
          outside_->load([&](const StoredObject& o) -> Result<void> { return draft.load(o); }));
      draft.set_index(last);
      auto changes = state::apply(draft, put(object), {});
      ASSERT_TRUE(changes);
      std::vector<StoredChange> stored;
      for (const model::Change& change : *changes) {
        stored.push_back(encode(change));
      }
      if (outside_->append(last, stored)) {
        return;
      }
    }
  }

  State::Options options_{.recovery_pause = base::Millis(1), .follow_patience = base::Seconds(600)};
  io::Loop loop_{io::make_driver(io::DriverKind::kEpoll).value(), "test", 1};
  std::unique_ptr<StoreMemory> outside_;
  StoreMemory* disk_a_ = nullptr;
  StoreMemory* disk_b_ = nullptr;
  std::unique_ptr<NodeForTest> a_;
  std::unique_ptr<NodeForTest> b_;
  std::vector<Result<Applied>> outcomes_;
  io::TaskScope scope_;
};

TEST_F(SharedState, WhatOneNodeWritesIsFollowedByTheOther) {
  ASSERT_TRUE(apply(*a_, put(make_instance("x", "web"))));
  turn_until([&] { return b_->view().index() == 2; });
  EXPECT_NE(b_->view().find<Instance>("x"), nullptr);
  EXPECT_THAT(a_->published, ElementsAre(1, 2));
  EXPECT_THAT(b_->published, ElementsAre(1, 2));
}

TEST_F(SharedState, AnOvertakenCommandIsJudgedAgainAndGetsTheNextIndex) {
  std::latch may_go(1);
  disk_a_->set_append_hook_for_test([&](std::size_t) { may_go.wait(); });
  write(*a_, put(make_route("mine", "")));
  loop_.turn_once(loop_.now());
  append_outside(make_route("theirs", ""));
  may_go.count_down();
  finish();
  ASSERT_TRUE(outcomes_.at(0)) << base::describe(outcomes_.at(0).error());
  EXPECT_EQ(outcomes_.at(0)->index, 2U);
  EXPECT_NE(a_->view().find<model::Route>("theirs"), nullptr);
  EXPECT_EQ(a_->view().find<model::Route>("mine")->modified_index, 2U);
  EXPECT_THAT(a_->published, ElementsAre(1, 2));
  EXPECT_TRUE(a_->state.is_writable());
  disk_a_->set_append_hook_for_test(nullptr);
}

TEST_F(SharedState, ACommandWhoseConditionNoLongerHoldsIsRefusedAndTheOthersGoOn) {
  ASSERT_TRUE(apply(*a_, put(make_route("r", ""))));
  outcomes_.clear();
  std::latch may_go(1);
  disk_a_->set_append_hook_for_test([&](std::size_t) { may_go.wait(); });
  write(*a_, put(make_route("first", "")));
  write(*a_, put(make_route("r", "mine"), Condition::index_is(1)));
  write(*a_, put(make_route("last", "")));
  loop_.turn_once(loop_.now());
  append_outside(make_route("r", "theirs"));
  may_go.count_down();
  finish();
  ASSERT_EQ(outcomes_.size(), 3U);
  EXPECT_TRUE(outcomes_.at(0));
  EXPECT_EQ(outcomes_.at(1).error().code, Code::kConflict);
  EXPECT_EQ(outcomes_.at(1).error().side, base::Side::kClient);
  EXPECT_TRUE(outcomes_.at(2));
  EXPECT_EQ(a_->view().find<model::Route>("r")->object.name, "theirs");
  disk_a_->set_append_hook_for_test(nullptr);
}

TEST_F(SharedState, ARefusalIsNotGivenOnAViewThatOthersHaveLeftBehind) {
  ASSERT_TRUE(apply(*a_, put(make_route("r", ""))));
  outcomes_.clear();
  std::latch may_go(1);
  disk_a_->set_append_hook_for_test([&](std::size_t) { may_go.wait(); });
  write(*a_, put(make_route("first", "")));
  loop_.turn_once(loop_.now());
  append_outside(make_route("r", "theirs"));  // at index 2, which a client has heard of
  write(*a_, put(make_route("r", "mine"), Condition::index_is(2)));
  write(*a_, remove(Table::kRoutes, "none"));
  loop_.turn_once(loop_.now());
  EXPECT_THAT(outcomes_, IsEmpty()) << "the view here says otherwise, but it is old";
  may_go.count_down();
  finish();
  ASSERT_EQ(outcomes_.size(), 3U);
  EXPECT_TRUE(outcomes_.at(1)) << base::describe(outcomes_.at(1).error());
  EXPECT_EQ(outcomes_.at(2).error().code, Code::kNotFound);
  EXPECT_EQ(a_->view().find<model::Route>("r")->object.name, "mine");
  disk_a_->set_append_hook_for_test(nullptr);
}

TEST_F(SharedState, WhatWouldChangeNothingOnAnOldViewIsCheckedToo) {
  ASSERT_TRUE(apply(*a_, put(make_route("r", "one"))));
  settle();
  append_outside(make_route("r", "two"));  // b has had no turn to hear of it
  const auto applied = apply(*b_, put(make_route("r", "one")));
  ASSERT_TRUE(applied);
  EXPECT_EQ(applied->index, 3U);
  EXPECT_EQ(b_->view().find<model::Route>("r")->object.name, "one");
}

TEST_F(SharedState, AnInvalidCommandIsRefusedWithoutTheStore) {
  disk_a_->set_fault_for_test(StoreMemory::Fault::kRefuse);
  EXPECT_EQ(apply(*a_, put(make_instance("", "web"))).error().code, Code::kInvalid);
  EXPECT_TRUE(a_->state.is_writable());
}

TEST_F(SharedState, CatchingUpShowsWhatWasDurableBefore) {
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(apply(*a_, put(make_route("r", "name " + std::to_string(i)))));
    ASSERT_TRUE(catch_up(*b_));
    ASSERT_EQ(b_->view().index(), a_->view().index());
  }
}

TEST_F(SharedState, ManyWhoCatchUpAtOnceShareAQuestion) {
  std::latch may_go(1);
  disk_a_->set_append_hook_for_test([&](std::size_t) { may_go.wait(); });
  write(*a_, put(make_route("r", "")));
  loop_.turn_once(loop_.now());
  int answered = 0;
  struct Ask {
    static io::Task<void> run(State* state, int* answers) {
      EXPECT_TRUE(co_await state->catch_up());
      ++*answers;
    }
  };
  for (int i = 0; i < 100; ++i) {
    scope_.spawn("reader", Ask::run(&a_->state, &answered));
  }
  loop_.turn_once(loop_.now());
  EXPECT_EQ(answered, 0) << "a commit is under way";
  may_go.count_down();
  finish();
  EXPECT_EQ(answered, 100);
  disk_a_->set_append_hook_for_test(nullptr);
}

TEST_F(SharedState, NoUpdateIsLostWhenTwoNodesCount) {
  constexpr int kEach = 1000;
  scope_.spawn("count", count_up(&a_->state, kEach / 2));
  scope_.spawn("count", count_up(&a_->state, kEach / 2));
  scope_.spawn("count", count_up(&b_->state, kEach / 2));
  scope_.spawn("count", count_up(&b_->state, kEach / 2));
  finish();
  settle();
  EXPECT_EQ(counter_of(a_->view()).value, 2 * kEach);
  EXPECT_EQ(dump(a_->view()), dump(b_->view()));
  std::vector<std::uint64_t> durable;
  const auto log = outside_->follow(0, 1'000'000);
  ASSERT_TRUE(log);
  for (const StoredChange& change : *log) {
    durable.push_back(change.index);
  }
  EXPECT_EQ(durable.size(), 2U * kEach);
  EXPECT_EQ(a_->published, durable) << "in order, exactly once";
  EXPECT_EQ(b_->published, durable) << "in order, exactly once";
}

TEST_F(SharedState, NodesThatWriteDifferentThingsEndWithEqualViews) {
  struct Register {
    static io::Task<void> run(State* state, std::string name, int times) {
      for (int i = 0; i < times; ++i) {
        const std::string id = fmt::format("{}-{}", name, i % 7);
        model::Command command = i % 3 == 2 ? remove(Table::kInstances, id, Condition{})
                                            : put(make_instance(id, i % 2 == 0 ? "web" : "api"));
        EXPECT_TRUE(co_await state->apply(std::move(command)));
      }
    }
  };
  for (int i = 0; i < 4; ++i) {
    scope_.spawn("writer", Register::run(&a_->state, fmt::format("a{}", i), 100));
    scope_.spawn("writer", Register::run(&b_->state, fmt::format("b{}", i), 100));
  }
  finish();
  settle();
  EXPECT_GT(a_->view().all<Instance>().size(), 0U);
  EXPECT_EQ(dump(a_->view()), dump(b_->view()));
  EXPECT_EQ(a_->published, b_->published);
  EXPECT_TRUE(std::ranges::is_sorted(a_->published, std::less_equal<>()));
}

TEST_F(SharedState, ANodeGetsItsTurnHoweverMuchAnotherWrites) {
  bool is_over = false;
  struct Flood {
    static io::Task<void> run(State* state, int number, const bool* is_over) {
      for (int i = 0; !*is_over; ++i) {
        model::Command command =
            put(make_route(fmt::format("r{}", number), fmt::format("{} {}", number, i)));
        EXPECT_TRUE(co_await state->apply(std::move(command)));
      }
    }
  };
  for (int number = 0; number < 20; ++number) {
    scope_.spawn("flood", Flood::run(&a_->state, number, &is_over));
  }
  struct Write {
    static io::Task<void> run(State* state, bool* is_over) {
      for (int i = 0; i < 50; ++i) {
        model::Command command = put(make_route("mine", fmt::format("mine {}", i)));
        const auto applied = co_await state->apply(std::move(command));
        EXPECT_TRUE(applied) << base::describe(applied.error());
      }
      *is_over = true;
    }
  };
  scope_.spawn("writer", Write::run(&b_->state, &is_over));
  finish();
  settle();
  EXPECT_EQ(dump(a_->view()), dump(b_->view()));
}

TEST_F(SharedState, ANodeThatWasAwayLongerThanTheLogReachesReadsEverythingAnew) {
  build({.retention = {.changes_max = 10}, .is_shared = true});
  ASSERT_TRUE(apply(*a_, put(make_instance("stays", "web"))));
  ASSERT_TRUE(apply(*a_, put(make_instance("goes", "api"))));
  ASSERT_TRUE(apply(*a_, put(make_instance("changes", "web"))));
  settle();
  const std::uint64_t index = b_->view().index();
  const std::uint32_t number = b_->view().find<Instance>("stays")->number;
  const std::uint32_t changed = b_->view().find<Instance>("changes")->number;
  b_->published.clear();
  disk_b_->set_fault_for_test(StoreMemory::Fault::kRefuse);
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(apply(*a_, put(make_route("r" + std::to_string(i), ""))));
  }
  ASSERT_TRUE(apply(*a_, remove(Table::kInstances, "goes")));
  ASSERT_TRUE(apply(*a_, put(make_instance("changes", "web", 81))));
  EXPECT_EQ(b_->view().index(), index) << "reads go on from what is known";
  disk_b_->set_fault_for_test(StoreMemory::Fault::kNone);
  turn_until([&] { return b_->view().index() == a_->view().index(); });
  EXPECT_EQ(dump(a_->view()), dump(b_->view()));
  EXPECT_EQ(b_->view().find<Instance>("stays")->number, number);
  EXPECT_EQ(b_->view().find<Instance>("changes")->number, changed);
  EXPECT_EQ(b_->published.size(), 50U + 2U + 1U)
      << "routes, instance and service gone, one changed";
  EXPECT_TRUE(std::ranges::is_sorted(b_->published, std::less_equal<>()));
  EXPECT_GT(b_->published.front(), index);
  EXPECT_THAT(b_->log_text.str(), HasSubstr("everything is read anew"));
  EXPECT_TRUE(apply(*b_, put(make_instance("goes", "api"))));
  settle();
  EXPECT_EQ(dump(a_->view()), dump(b_->view()));
}

TEST_F(SharedState, AStoreThatFailedIsAskedAgainWithoutAWriter) {
  ASSERT_TRUE(apply(*a_, put(make_route("r", ""))));
  settle();
  disk_b_->set_fault_for_test(StoreMemory::Fault::kRefuse);
  EXPECT_EQ(apply(*b_, put(make_route("s", ""))).error().code, Code::kIo);
  EXPECT_FALSE(b_->state.is_writable());
  EXPECT_EQ(apply(*b_, put(make_route("s", ""))).error().code, Code::kUnavailable);
  EXPECT_EQ(catch_up(*b_).error().code, Code::kUnavailable);
  struct Read {
    static io::Task<void> run(State* state) {
      HistoryQuery query;
      const auto page = co_await state->history(std::move(query));
      EXPECT_EQ(page.error().code, Code::kUnavailable);
    }
  };
  run(Read::run(&b_->state));
  EXPECT_NE(b_->view().find<model::Route>("r"), nullptr) << "reads go on";
  ASSERT_TRUE(apply(*a_, put(make_route("t", ""))));
  disk_b_->set_fault_for_test(StoreMemory::Fault::kNone);
  turn_until([&] { return b_->state.is_writable(); });
  EXPECT_NE(b_->view().find<model::Route>("t"), nullptr);
  EXPECT_TRUE(apply(*b_, put(make_route("s", ""))));
  EXPECT_THAT(b_->published, ElementsAre(1, 2, 3));
}

TEST_F(SharedState, AnAppendWhoseAnswerWasLostIsPublishedOnce) {
  disk_a_->set_fault_for_test(StoreMemory::Fault::kKeepAndFail);
  EXPECT_EQ(apply(*a_, put(make_route("r", ""))).error().code, Code::kIo);
  disk_a_->set_fault_for_test(StoreMemory::Fault::kNone);
  turn_until([&] { return a_->state.is_writable(); });
  EXPECT_NE(a_->view().find<model::Route>("r"), nullptr);
  ASSERT_TRUE(apply(*a_, put(make_route("s", ""))));
  settle();
  EXPECT_THAT(a_->published, ElementsAre(1, 2));
  EXPECT_THAT(b_->published, ElementsAre(1, 2));
}

TEST_F(SharedState, ABatchThatIsAlwaysOvertakenEndsAndTheStoreIsNotGivenUp) {
  int turn = 0;
  disk_a_->set_append_hook_for_test(
      [&](std::size_t) { append_outside(make_route("theirs", std::to_string(++turn))); });
  const auto applied = apply(*a_, put(make_route("mine", "")));
  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error().code, Code::kUnavailable);
  EXPECT_EQ(applied.error().retry, base::Retry::kSafe);
  EXPECT_TRUE(a_->state.is_writable());
  disk_a_->set_append_hook_for_test(nullptr);
  EXPECT_EQ(a_->view().find<model::Route>("mine"), nullptr);
  EXPECT_TRUE(apply(*a_, put(make_route("mine", ""))));
  settle();
  EXPECT_EQ(dump(a_->view()), dump(b_->view()));
}

TEST_F(SharedState, WhoWaitsDuringAHandOverIsJudgedOnWhatWasWrittenMeanwhile) {
  struct Move {
    static io::Task<void> run(io::Task<Result<void>> task) {
      const auto moved = co_await std::move(task);
      EXPECT_TRUE(moved) << base::describe(moved.error());
    }
  };
  ASSERT_TRUE(apply(*a_, put(make_route("r", ""))));
  settle();
  run(Move::run(b_->state.release_store()));
  outcomes_.clear();
  write(*b_, put(make_route("r", "mine"), Condition::index_is(1)));
  write(*b_, put(make_route("s", "")));
  ASSERT_TRUE(outcomes_.empty());
  struct Write {
    static io::Task<void> run(State* state) {
      model::Command command = put(make_route("r", "theirs"));
      EXPECT_TRUE(co_await state->apply(std::move(command)));
    }
  };
  run(Write::run(&a_->state));
  run(Move::run(b_->state.take_back_store()));
  finish();
  ASSERT_EQ(outcomes_.size(), 2U);
  EXPECT_EQ(outcomes_.at(0).error().code, Code::kConflict);
  EXPECT_TRUE(outcomes_.at(1));
  settle();
  EXPECT_EQ(dump(a_->view()), dump(b_->view()));
  ASSERT_TRUE(apply(*a_, put(make_route("t", ""))));
  turn_until([&] { return b_->view().find<model::Route>("t") != nullptr; });
}

TEST_F(SharedState, WaitersOnOneNodeAreWokenByWritesOnAnother) {
  std::uint64_t seen = 0;
  struct Wait {
    static io::Task<void> run(State* state, std::uint64_t* seen) {
      Interest interest = Interest::of_service("web");
      *seen =
          (co_await state->feed().wait_for_change(std::move(interest), 0, base::kNever)).value();
    }
  };
  scope_.spawn("waiter", Wait::run(&b_->state, &seen));
  write(*a_, put(make_instance("x", "web")));
  finish();
  EXPECT_EQ(seen, 2U);
}

TEST(StoreMemoryTurn, WhoKeepsComingTooLateIsPutBeforeTheOthers) {
  const auto route = [](std::uint64_t index) {
    return std::vector{StoredChange{.index = index,
                                    .actor = {},
                                    .table = "routes",
                                    .key = "r",
                                    .before = std::nullopt,
                                    .after = "{}"}};
  };
  StoreMemory fast({.is_shared = true});
  const auto slow = fast.open_beside();
  ASSERT_TRUE(fast.append(0, route(1)));
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(slow->append(0, route(1)));
  }
  EXPECT_EQ(fast.append(1, route(2)).error().code, Code::kConflict);
  EXPECT_TRUE(slow->append(1, route(2)));
  EXPECT_TRUE(fast.append(2, route(3)));
}

// Each node on a thread of its own, as in a mesh.
TEST(SharedStateThreads, NoUpdateIsLostWhenNodesRunAtOnce) {
  constexpr int kNodes = 3;
  constexpr int kEach = 200;
  StoreMemory kept({.is_shared = true});
  std::vector<std::string> dumps(kNodes);
  std::vector<std::vector<std::uint64_t>> published(kNodes);
  std::latch all_counted(kNodes);
  std::vector<std::jthread> threads;
  threads.reserve(kNodes);
  for (std::size_t i = 0; i < kNodes; ++i) {
    threads.emplace_back([&, i] {
      io::Loop loop(io::make_driver(io::DriverKind::kEpoll).value(), "node", i);
      NodeForTest node(loop, kept.open_beside(), {});
      struct Live {
        static io::Task<void> run(NodeForTest* node, std::latch* counted) {
          co_await node->start();
          co_await count_up(&node->state, kEach);
          counted->arrive_and_wait();
          EXPECT_TRUE(co_await node->state.catch_up());
        }
        static io::Task<void> stop(State* state) { co_await state->stop(); }
      };
      loop.run_until_done(Live::run(&node, &all_counted));
      dumps[i] = dump(node.view());
      published[i] = node.published;
      EXPECT_EQ(counter_of(node.view()).value, kNodes * kEach);
      loop.run_until_done(Live::stop(&node.state));
    });
  }
  threads.clear();
  for (std::size_t i = 1; i < kNodes; ++i) {
    EXPECT_EQ(dumps[i], dumps[0]);
    // They began one after the other, so each has loaded what the earlier ones had written by then.
    const auto& few = published[i].size() < published[0].size() ? published[i] : published[0];
    const auto& many = published[i].size() < published[0].size() ? published[0] : published[i];
    EXPECT_TRUE(std::ranges::equal(few, std::span(many).last(few.size())));
  }
}

}  // namespace
}  // namespace weft::state
