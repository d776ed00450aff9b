#include "state/state.h"

#include "state/command_fixture_for_test.h"
#include "state/store_memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <latch>
#include <sstream>

namespace weft::state {
namespace {

using base::Code;
using base::Result;
using model::Condition;
using model::Instance;
using model::Table;
using testing::ElementsAre;
using testing::IsEmpty;

class StateTest : public testing::Test {
 protected:
  StateTest() { run(start()); }
  ~StateTest() override { run(state->stop()); }

  io::Task<void> start() {
    const auto started = co_await state->start();
    EXPECT_TRUE(started) << base::describe(started.error());
  }

  void run(io::Task<void> task) { loop.run_until_done(std::move(task)); }

  // Begins a write; its outcome is the next of `outcomes` when it ends.
  void write(model::Command command) { scope.spawn("writer", write_task(std::move(command))); }
  io::Task<void> write_task(model::Command command) {
    outcomes.push_back(co_await state->apply(std::move(command)));
  }

  void finish_writes() {
    while (scope.size() > 0) {
      loop.turn_once(base::kNever);
    }
  }

  Result<Applied> apply(model::Command command) {
    outcomes.clear();
    write(std::move(command));
    finish_writes();
    return outcomes.at(0);
  }

  // Another State on the same store, as after a restart.
  void restart() {
    run(state->stop());
    state = std::make_unique<State>(parts, options);
    run(start());
  }

  std::ostringstream log_text;
  base::Log log{{.queue_lines = 0}, log_text};
  io::Loop loop{io::make_driver(io::DriverKind::kEpoll).value(), "test", 1};
  io::BlockingPool pool{1};
  StoreMemory store;
  base::MeterRegistry meters;
  const StateParts parts{.loop = loop, .pool = pool, .store = store, .log = log, .meters = meters};
  State::Options options{.recovery_pause = base::Nanos(0)};
  std::unique_ptr<State> state = std::make_unique<State>(parts, options);
  std::vector<Result<Applied>> outcomes;
  io::TaskScope scope;
};

TEST_F(StateTest, AnAppliedCommandIsInTheViewAndInTheStore) {
  const auto applied = apply(put(make_instance("a", "web")));
  ASSERT_TRUE(applied);
  EXPECT_EQ(applied->index, 2U);
  EXPECT_EQ(applied->changes, 2U);
  EXPECT_EQ(state->view()->index(), 2U);
  EXPECT_NE(state->view()->find<Instance>("a"), nullptr);
  EXPECT_EQ(store.follow(0, 10)->size(), 2U);
}

TEST_F(StateTest, WhatNobodySetFollowsTheDefaultsOfTheNodeAfterARestart) {
  model::ClusterSettings web{.service = "web"};
  web.own = {"balancing"};
  ASSERT_TRUE(apply(put(web)));
  options.cluster_defaults.breaker.consecutive_failures = 9;
  options.cluster_defaults.balancing = model::Balancing::kRandom;
  restart();
  const auto* row = state->view()->find<model::ClusterSettings>("web");
  EXPECT_EQ(row->object.breaker.consecutive_failures, 9U);
  EXPECT_EQ(row->object.balancing, web.balancing);
  EXPECT_EQ(row->modified_index, 1U);
}

TEST_F(StateTest, ARestartBringsEverythingBackAndTheIndexGoesOn) {
  ASSERT_TRUE(apply(put(make_instance("a", "web"))));
  ASSERT_TRUE(apply(put(make_instance("b", "web"))));
  ASSERT_TRUE(apply(remove(Table::kInstances, "b")));
  restart();
  EXPECT_EQ(state->view()->index(), 4U);
  EXPECT_NE(state->view()->find<Instance>("a"), nullptr);
  EXPECT_EQ(state->view()->find<Instance>("b"), nullptr);
  EXPECT_EQ(state->view()->find<Instance>("a")->created_index, 2U);
  EXPECT_EQ(apply(put(make_instance("c", "web")))->index, 5U);
}

TEST_F(StateTest, NobodySeesAChangeBeforeItIsDurable) {
  std::latch begun(1);
  std::latch go_on(1);
  store.set_append_hook_for_test([&](std::size_t) {
    begun.count_down();
    go_on.wait();
  });
  int batches = 0;
  const auto subscription = state->feed().subscribe([&](const FeedBatch&) {
    ++batches;
    EXPECT_THAT(outcomes, IsEmpty()) << "published before the writer is answered";
  });
  write(put(make_instance("a", "web")));
  begun.wait();
  loop.turn_once(loop.now());
  EXPECT_THAT(outcomes, IsEmpty());
  EXPECT_EQ(state->view()->index(), 0U);
  EXPECT_EQ(batches, 0);
  go_on.count_down();
  finish_writes();
  EXPECT_EQ(outcomes.size(), 1U);
  EXPECT_EQ(batches, 1);
  store.set_append_hook_for_test(nullptr);
}

TEST_F(StateTest, WritesThatArriveDuringACommitShareTheNext) {
  std::vector<std::size_t> sizes;
  std::latch go_on(1);
  store.set_append_hook_for_test([&](std::size_t changes) {
    sizes.push_back(changes);
    go_on.wait();
  });
  write(put(make_route("r0", "")));
  for (int i = 1; i <= 50; ++i) {
    write(put(make_route("r" + std::to_string(i), "")));
  }
  go_on.count_down();
  finish_writes();
  EXPECT_THAT(sizes, ElementsAre(1, 50));
  EXPECT_EQ(outcomes.size(), 51U);
  EXPECT_EQ(state->view()->index(), 51U);
  store.set_append_hook_for_test(nullptr);
}

TEST_F(StateTest, ConditionalWritesOfOneBatchBehaveAsIfOneCameAfterTheOther) {
  ASSERT_TRUE(apply(put(make_instance("a", "web"))));
  outcomes.clear();
  write(put(make_instance("a", "web", 81), Condition::index_is(2)));
  write(put(make_instance("a", "web", 82), Condition::index_is(2)));
  write(put(make_instance("a", "web", 83), Condition::index_is(3)));
  finish_writes();
  std::vector<Code> errors;
  for (const auto& each : outcomes) {
    if (!each) {
      errors.push_back(each.error().code);
    }
  }
  EXPECT_THAT(errors, ElementsAre(Code::kConflict));
  EXPECT_EQ(state->view()->find<Instance>("a")->object.port, 83U);
}

TEST_F(StateTest, AWriteThatChangesNothingIsAnsweredAfterWhatItReliesOn) {
  std::latch go_on(1);
  store.set_append_hook_for_test([&](std::size_t) { go_on.wait(); });
  write(put(make_instance("a", "web")));
  write(put(make_instance("a", "web")));
  loop.turn_once(loop.now());
  EXPECT_THAT(outcomes, IsEmpty()) << "the equal row is not durable yet";
  go_on.count_down();
  finish_writes();
  EXPECT_EQ(outcomes.at(1)->changes, 0U);
  EXPECT_EQ(outcomes.at(1)->index, 2U);
  EXPECT_EQ(store.append_count_for_test(), 1U);
  store.set_append_hook_for_test(nullptr);
}

TEST_F(StateTest, AFailedAppendFailsItsWholeBatchAndChangesNothing) {
  ASSERT_TRUE(apply(put(make_instance("a", "web"))));
  outcomes.clear();
  store.set_fault_for_test(StoreMemory::Fault::kRefuse);
  write(put(make_instance("b", "web")));
  write(put(make_instance("b", "web", 81)));  // gathered meanwhile, judged on the first
  write(remove(Table::kInstances, "a"));
  finish_writes();
  ASSERT_EQ(outcomes.size(), 3U);
  for (const auto& each : outcomes) {
    ASSERT_FALSE(each);
    EXPECT_EQ(each.error().code, Code::kIo);
    EXPECT_EQ(each.error().side, base::Side::kStore);
  }
  EXPECT_FALSE(state->is_writable());
  EXPECT_EQ(state->view()->index(), 2U);
  EXPECT_EQ(state->view()->find<Instance>("b"), nullptr);
  EXPECT_THAT(log_text.str(), testing::HasSubstr("the store has failed"));
}

TEST_F(StateTest, WritesAreRefusedUntilTheStoreWorksAgain) {
  store.set_fault_for_test(StoreMemory::Fault::kRefuse);
  EXPECT_EQ(apply(put(make_instance("a", "web"))).error().code, Code::kIo);
  EXPECT_EQ(apply(put(make_instance("a", "web"))).error().code, Code::kUnavailable);
  store.set_fault_for_test(StoreMemory::Fault::kNone);
  outcomes.clear();
  write(put(make_instance("a", "web")));
  write(put(make_instance("b", "web")));  // shares the recovery
  finish_writes();
  ASSERT_TRUE(outcomes.at(0));
  ASSERT_TRUE(outcomes.at(1));
  EXPECT_TRUE(state->is_writable());
  EXPECT_GT(state->view()->find<Instance>("a")->created_index, 2U) << "no index is given twice";
}

TEST_F(StateTest, AFailureThatWasDurableAfterAllIsTakenOver) {
  ASSERT_TRUE(apply(put(make_instance("a", "web"))));
  std::vector<std::uint64_t> published;
  const auto subscription = state->feed().subscribe([&](const FeedBatch& batch) {
    for (const model::Change& change : batch.changes) {
      published.push_back(change.index);
    }
  });
  store.set_fault_for_test(StoreMemory::Fault::kKeepAndFail);
  EXPECT_FALSE(apply(put(make_instance("b", "web"))));
  EXPECT_EQ(state->view()->find<Instance>("b"), nullptr) << "not known yet";
  store.set_fault_for_test(StoreMemory::Fault::kNone);
  EXPECT_EQ(apply(put(make_instance("b", "web"), Condition::absent())).error().code,
            Code::kConflict);
  EXPECT_NE(state->view()->find<Instance>("b"), nullptr);
  ASSERT_TRUE(apply(put(make_instance("c", "web"))));
  EXPECT_THAT(published, ElementsAre(3, 4));
}

TEST_F(StateTest, AWriterOfAnotherNodeIsNoticedAndFollowed) {
  ASSERT_TRUE(apply(put(make_instance("a", "web"))));
  State other(parts, options);
  struct Other {
    static io::Task<void> write(State* on) {
      EXPECT_TRUE(co_await on->start());
      EXPECT_TRUE(co_await on->apply(put(make_instance("theirs", "web"))));
      co_await on->stop();
    }
  };
  run(Other::write(&other));
  EXPECT_EQ(apply(put(make_instance("ours", "web"))).error().code, Code::kConflict);
  ASSERT_TRUE(apply(put(make_instance("ours", "web"))));
  EXPECT_NE(state->view()->find<Instance>("theirs"), nullptr);
  EXPECT_NE(state->view()->find<Instance>("ours"), nullptr);
}

TEST_F(StateTest, AnUnreadableObjectStopsTheStartAndIsNamed) {
  const StoredChange broken{.index = 1,
                            .actor = "tester",
                            .table = "instances",
                            .key = "bad-one",
                            .created_index = 1,
                            .before = std::nullopt,
                            .after = "{"};
  ASSERT_TRUE(store.append(0, std::vector{broken}));
  State other(parts, options);
  struct Start {
    static io::Task<void> run(State* on) {
      const auto started = co_await on->start();
      EXPECT_FALSE(started);
      const auto applied = co_await on->apply(put(make_instance("a", "web")));
      EXPECT_EQ(applied.error().code, Code::kUnavailable);
      co_await on->stop();
    }
  };
  run(Start::run(&other));
  EXPECT_THAT(log_text.str(), testing::HasSubstr("key=bad-one"));
}

TEST_F(StateTest, StoppingFinishesTheCommitUnderWayAndRefusesNewWrites) {
  std::latch go_on(1);
  store.set_append_hook_for_test([&](std::size_t) { go_on.wait(); });
  write(put(make_instance("a", "web")));
  struct Stop {
    static io::Task<void> run(State* state, std::latch* latch, bool* stopped) {
      latch->count_down();
      co_await state->stop();
      *stopped = true;
    }
  };
  bool stopped = false;
  scope.spawn("stop", Stop::run(state.get(), &go_on, &stopped));
  EXPECT_FALSE(stopped);
  write(put(make_instance("b", "web")));
  finish_writes();
  EXPECT_TRUE(stopped);
  ASSERT_EQ(outcomes.size(), 2U);
  EXPECT_EQ(outcomes.at(0).error().code, Code::kShutdown);
  EXPECT_TRUE(outcomes.at(1));
  store.set_append_hook_for_test(nullptr);
}

TEST_F(StateTest, MoreWaitingWritesThanAllowedAreRefused) {
  run(state->stop());
  options.pending_commands_max = 2;
  state = std::make_unique<State>(parts, options);
  run(start());
  std::latch go_on(1);
  store.set_append_hook_for_test([&](std::size_t) { go_on.wait(); });
  for (int i = 0; i < 4; ++i) {
    write(put(make_route("r" + std::to_string(i), "")));
  }
  ASSERT_EQ(outcomes.size(), 1U) << "one commits, two wait, the fourth is too many";
  EXPECT_EQ(outcomes.at(0).error().code, Code::kOverloaded);
  go_on.count_down();
  finish_writes();
  store.set_append_hook_for_test(nullptr);
}

TEST_F(StateTest, ChangesAreReadFromMemoryOrFromTheStoreAlike) {
  ASSERT_TRUE(apply(put(make_instance("a", "web"))));
  ASSERT_TRUE(apply(put(make_instance("b", "web"))));
  struct Read {
    static io::Task<void> run(State* state, std::vector<std::string>* keys) {
      const auto changes = co_await state->changes_since(1, 10);
      EXPECT_TRUE(changes);
      keys->clear();
      for (const model::Change& change : *changes) {
        keys->push_back(change.key());
      }
    }
  };
  std::vector<std::string> keys;
  run(Read::run(state.get(), &keys));
  EXPECT_THAT(keys, ElementsAre("a", "b"));
  restart();  // nothing in memory now
  run(Read::run(state.get(), &keys));
  EXPECT_THAT(keys, ElementsAre("a", "b"));
}

TEST_F(StateTest, TheAuditLogSaysWhoDidWhat) {
  model::Command command = put(make_instance("a", "web"));
  command.actor = "alice";
  ASSERT_TRUE(apply(command));
  ASSERT_TRUE(apply(remove(Table::kInstances, "a")));
  struct Read {
    static io::Task<void> run(State* state, HistoryPage* page) {
      HistoryQuery query{.table = "instances", .key = "a"};
      *page = (co_await state->history(std::move(query))).value();
    }
  };
  HistoryPage page;
  run(Read::run(state.get(), &page));
  ASSERT_EQ(page.changes.size(), 2U);
  EXPECT_EQ(page.changes[0].actor, "tester");
  EXPECT_FALSE(page.changes[0].after);
  EXPECT_EQ(page.changes[0].before, page.changes[1].after);
  EXPECT_EQ(page.changes[1].actor, "alice");
}

TEST_F(StateTest, CommandsAndCommitsAreCounted) {
  ASSERT_TRUE(apply(put(make_instance("a", "web"))));
  ASSERT_FALSE(apply(remove(Table::kInstances, "none")));
  std::map<std::string, std::uint64_t> counts;
  for (const base::MeterFamily& family : meters.collect()) {
    for (const base::MeterSample& sample : family.samples) {
      const auto* value = std::get_if<std::uint64_t>(&sample.value);
      if (value != nullptr && family.info.name.starts_with("weft_state")) {
        counts[sample.labels.empty() ? std::string(family.info.name) : sample.labels[0].second] =
            *value;
      }
    }
  }
  EXPECT_THAT(counts, testing::UnorderedElementsAre(testing::Pair("applied", 1),
                                                    testing::Pair("not_found", 1),
                                                    testing::Pair("weft_state_changes_total", 2)));
}

TEST_F(StateTest, AWaiterIsWokenByAWriteOfItsService) {
  std::uint64_t seen = 0;
  struct Wait {
    static io::Task<void> run(State* state, std::uint64_t* seen) {
      *seen = (co_await state->feed().wait_for_change(Interest::of_service("web"), 0, base::kNever))
                  .value();
    }
  };
  scope.spawn("waiter", Wait::run(state.get(), &seen));
  write(put(make_route("r", "")));
  write(put(make_instance("a", "web")));
  finish_writes();
  EXPECT_EQ(seen, 3U);
}

class StateHandOver : public StateTest {
 protected:
  static io::Task<void> keep(io::Task<Result<void>> task, Result<void>* out) {
    *out = co_await std::move(task);
  }
  Result<void> result_of(io::Task<Result<void>> task) {
    Result<void> out = base::fail(Code::kInternal, "it did not end");
    run(keep(std::move(task), &out));
    return out;
  }
};

TEST_F(StateHandOver, CommandsWaitAndAreServedWhenTheStoreIsBack) {
  ASSERT_TRUE(apply(put(make_instance("a", "web"))));
  ASSERT_TRUE(result_of(state->release_store()));
  outcomes.clear();
  write(put(make_instance("b", "web")));
  loop.turn_once(loop.now());
  EXPECT_TRUE(outcomes.empty());
  EXPECT_EQ(state->view()->find<Instance>("b"), nullptr) << "nothing is seen before it is durable";
  ASSERT_TRUE(result_of(state->take_back_store()));
  finish_writes();
  EXPECT_TRUE(outcomes.at(0));
  EXPECT_NE(state->view()->find<Instance>("b"), nullptr);
  EXPECT_EQ(store.follow(0, 10)->size(), 3U);
}

TEST_F(StateHandOver, ReleasesAfterTheCommitUnderWay) {
  std::latch may_go(1);
  store.set_append_hook_for_test([&](std::size_t) { may_go.wait(); });
  write(put(make_instance("a", "web")));
  Result<void> released = base::fail(Code::kInternal, "not yet");
  io::TaskScope releasing;
  releasing.spawn("release", keep(state->release_store(), &released));
  loop.turn_once(loop.now());
  EXPECT_FALSE(released);
  may_go.count_down();
  while (releasing.size() > 0) {
    loop.turn_once(base::kNever);
  }
  finish_writes();
  EXPECT_TRUE(released);
  EXPECT_TRUE(outcomes.at(0));
}

TEST_F(StateHandOver, WhoWaitsIsSentAwayWhenTheStoreIsGivenUp) {
  ASSERT_TRUE(result_of(state->release_store()));
  write(put(make_instance("a", "web")));
  loop.turn_once(loop.now());
  state->give_up_store();
  finish_writes();
  EXPECT_EQ(outcomes.at(0).error().code, Code::kUnavailable);
  EXPECT_EQ(apply(put(make_instance("a", "web"))).error().code, Code::kUnavailable);
  EXPECT_EQ(state->view()->index(), 0U);
}

TEST_F(StateHandOver, WhatAnotherProcessWroteIsSeenAndWhoWaitedIsRefused) {
  ASSERT_TRUE(apply(put(make_instance("a", "web"))));
  ASSERT_TRUE(result_of(state->release_store()));
  write(put(make_instance("b", "web")));
  loop.turn_once(loop.now());
  ASSERT_TRUE(store.take_back());
  State other(parts, options);
  io::TaskScope theirs;
  const auto write_there = [](State* there, Result<Applied>* out) -> io::Task<void> {
    const auto started = co_await there->start();
    EXPECT_TRUE(started);
    model::Command command = put(make_instance("c", "web"));
    *out = co_await there->apply(std::move(command));
  };
  Result<Applied> written = base::fail(Code::kInternal, "not yet");
  run(write_there(&other, &written));
  ASSERT_TRUE(written);
  run(other.stop());
  outcomes.clear();
  ASSERT_TRUE(result_of(state->take_back_store()));
  finish_writes();
  EXPECT_EQ(outcomes.at(0).error().code, Code::kUnavailable);
  EXPECT_NE(state->view()->find<Instance>("c"), nullptr);
  EXPECT_EQ(state->view()->find<Instance>("b"), nullptr);
  EXPECT_TRUE(apply(put(make_instance("b", "web"))));
}

TEST_F(StateHandOver, AStoreThatIsNotGivenBackIsAskedAgainLater) {
  ASSERT_TRUE(result_of(state->release_store()));
  store.set_fault_for_test(StoreMemory::Fault::kRefuse);
  write(put(make_instance("a", "web")));
  loop.turn_once(loop.now());
  EXPECT_FALSE(result_of(state->take_back_store()));
  finish_writes();
  EXPECT_FALSE(outcomes.at(0));
  EXPECT_FALSE(state->is_writable());
  store.set_fault_for_test(StoreMemory::Fault::kNone);
  EXPECT_TRUE(apply(put(make_instance("a", "web"))));
}

}  // namespace
}  // namespace weft::state
