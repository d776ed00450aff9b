#include "state/feed.h"

#include "state/command_fixture_for_test.h"
#include "state/commands.h"
#include "state/draft.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weft::state {
namespace {

using model::CheckStatus;
using model::Table;
using testing::ElementsAre;
using testing::IsEmpty;

class FeedTest : public testing::Test {
 protected:
  // Applies a command and publishes what it comes to, as State does.
  void change(const model::Command& command) {
    const auto changes = apply(draft, command, {});
    ASSERT_TRUE(changes);
    feed.publish({*changes, draft.freeze()});
    feed.wake(*changes);
  }

  // Starts a wait; `woken` collects the name of whoever goes on, or its error.
  void wait(std::string name, Interest interest, std::uint64_t index,
            base::MonoTime deadline = base::kNever) {
    scope.spawn("waiter", wait_task(std::move(name), std::move(interest), index, deadline));
  }
  io::Task<void> wait_task(std::string name, Interest interest, std::uint64_t index,
                           base::MonoTime deadline) {
    const auto seen = co_await feed.wait_for_change(std::move(interest), index, deadline);
    woken.push_back(seen ? name : name + " " + std::string(base::code_name(seen.error().code)));
  }

  std::vector<std::string> take_woken() { return std::exchange(woken, {}); }

  io::Loop loop{io::make_driver(io::DriverKind::kEpoll).value(), "test", 1};
  Draft draft;
  base::MeterRegistry registry;
  base::LimitMeters reached{registry};
  Feed feed{loop, {.changes_kept = 8, .waiters_max = 5}, &reached};
  std::vector<std::string> woken;
  io::TaskScope scope;
};

TEST_F(FeedTest, SubscribersSeeEveryBatchWithTheViewAfterIt) {
  std::vector<std::uint64_t> seen;
  const auto subscription = feed.subscribe([&](const FeedBatch& batch) {
    EXPECT_EQ(batch.view->index(), batch.changes.back().index);
    for (const model::Change& each : batch.changes) {
      seen.push_back(each.index);
    }
  });
  change(put(make_instance("a", "web")));
  change(put(make_instance("a", "web", 81)));
  EXPECT_THAT(seen, ElementsAre(1, 2, 3));
}

TEST_F(FeedTest, AnEndedSubscriptionIsNotCalledAgainEvenWithinABatch) {
  int calls = 0;
  Feed::Subscription second;
  const auto first = feed.subscribe([&](const FeedBatch&) { second.end(); });
  second = feed.subscribe([&](const FeedBatch&) { ++calls; });
  change(put(make_instance("a", "web")));
  EXPECT_EQ(calls, 0);
}

TEST_F(FeedTest, ASubscriberMayEndItself) {
  int calls = 0;
  Feed::Subscription self;
  self = feed.subscribe([&](const FeedBatch&) {
    ++calls;
    self.end();
  });
  change(put(make_instance("a", "web")));
  change(put(make_instance("b", "web")));
  EXPECT_EQ(calls, 1);
}

TEST_F(FeedTest, AWaiterSleepsUntilItsPartChanges) {
  change(put(make_checked_instance("a", "web")));
  const auto index = feed.index();
  wait("everything", Interest::everything(), index);
  wait("web", Interest::of_service("web"), index);
  wait("shop", Interest::of_service("shop"), index);
  wait("key", Interest::of_key(Table::kInstances, "a"), index);
  wait("prefix", Interest::of_prefix(Table::kInstances, "a"), index);
  EXPECT_THAT(take_woken(), IsEmpty());
  change(put(make_check_state("a", "web", CheckStatus::kPassing)));
  EXPECT_THAT(take_woken(), ElementsAre("everything", "web"));
  change(put(make_instance("ab", "shop")));
  EXPECT_THAT(take_woken(), ElementsAre("shop", "prefix"));
  change(remove(Table::kInstances, "a"));
  EXPECT_THAT(take_woken(), ElementsAre("key"));
  EXPECT_EQ(feed.waiter_count(), 0U);
}

TEST_F(FeedTest, AnInstanceThatMovesConcernsBothServices) {
  change(put(make_instance("a", "web")));
  change(put(make_instance("b", "web")));
  change(put(make_instance("c", "shop")));
  wait("web", Interest::of_service("web"), feed.index());
  wait("shop", Interest::of_service("shop"), feed.index());
  change(put(make_instance("a", "shop")));
  EXPECT_THAT(take_woken(), ElementsAre("web", "shop"));
}

TEST_F(FeedTest, WhatChangedAlreadyIsNotWaitedFor) {
  change(put(make_instance("a", "web")));
  const auto index = feed.index();
  change(put(make_instance("x", "shop")));
  change(remove(Table::kInstances, "a"));
  wait("deleted", Interest::of_key(Table::kInstances, "a"), index);
  EXPECT_THAT(take_woken(), ElementsAre("deleted"));
  wait("later", Interest::of_key(Table::kInstances, "a"), feed.index());
  EXPECT_THAT(take_woken(), IsEmpty());
  feed.close();
}

TEST_F(FeedTest, AnIndexTooOldToKnowAnswersAtOnce) {
  for (std::uint32_t port = 1; port < 20; ++port) {
    change(put(make_instance("a", "web", port)));
  }
  wait("old", Interest::of_key(Table::kInstances, "never-seen"), 1);
  EXPECT_THAT(take_woken(), ElementsAre("old"));
}

TEST_F(FeedTest, AWaiterMayWaitAgainAtOnce) {
  struct Again {
    static io::Task<void> run(Feed* feed, int* rounds) {
      for (; *rounds < 3; ++*rounds) {
        (co_await feed->wait_for_change(Interest::everything(), feed->index(), base::kNever))
            .value();
      }
    }
  };
  int rounds = 0;
  scope.spawn("again", Again::run(&feed, &rounds));
  change(put(make_instance("a", "web")));
  EXPECT_EQ(rounds, 1);
  change(put(make_instance("b", "web")));
  change(put(make_instance("c", "web")));
  EXPECT_EQ(rounds, 3);
}

TEST_F(FeedTest, AWaitEndsAtItsDeadlineAndLeavesNothingBehind) {
  wait("late", Interest::of_service("web"), 0, loop.now() + base::Millis(1));
  while (scope.size() > 0) {
    loop.turn_once(base::kNever);
  }
  EXPECT_THAT(take_woken(), ElementsAre("late timeout"));
  EXPECT_EQ(feed.waiter_count(), 0U);
  change(put(make_instance("a", "web")));
}

TEST_F(FeedTest, ACancelledWaitLeavesNothingBehind) {
  wait("one", Interest::of_service("web"), 0);
  wait("two", Interest::of_service("web"), 0);
  scope.cancel();
  EXPECT_THAT(take_woken(), testing::UnorderedElementsAre("one cancelled", "two cancelled"));
  EXPECT_EQ(feed.waiter_count(), 0U);
}

TEST_F(FeedTest, MoreWaitersThanAllowedAreRefused) {
  for (int i = 0; i < 5; ++i) {
    wait("in", Interest::everything(), 0);
  }
  wait("out", Interest::everything(), 0);
  EXPECT_THAT(take_woken(), ElementsAre("out overloaded"));
  EXPECT_EQ(reached.count(base::Limit::kWatchers), 1U);
  feed.close();
}

TEST_F(FeedTest, ClosingEndsEveryWait) {
  wait("one", Interest::of_service("web"), 0);
  feed.close();
  EXPECT_THAT(take_woken(), ElementsAre("one shutdown"));
  wait("two", Interest::of_service("web"), 0);
  EXPECT_THAT(take_woken(), ElementsAre("two shutdown"));
}

TEST_F(FeedTest, LateComersReadWhatTheyMissedWhileItIsKept) {
  change(put(make_instance("a", "web")));
  const auto index = feed.index();
  change(put(make_instance("b", "web")));
  const auto missed = feed.since(index);
  ASSERT_TRUE(missed);
  ASSERT_EQ(missed->size(), 1U);
  EXPECT_EQ(missed->at(0).key(), "b");
  EXPECT_TRUE(feed.since(feed.index())->empty());
  for (std::uint32_t port = 1; port < 20; ++port) {
    change(put(make_instance("a", "web", port)));
  }
  EXPECT_FALSE(feed.since(index)) << "no longer in memory";
}

TEST_F(FeedTest, AFeedThatStartsLateKnowsNothingOfTheTimeBefore) {
  Feed late(loop, {});
  late.open(std::make_shared<const model::View>(100, model::Tables()));
  EXPECT_FALSE(late.since(99));
  EXPECT_TRUE(late.since(100)->empty());
}

TEST_F(FeedTest, AFeedThatForgetsKnowsNothingButTheNewest) {
  change(put(make_instance("a", "web")));
  change(put(make_route("r", "")));
  wait("route", Interest::of_key(Table::kRoutes, "r"), 3);
  feed.forget();
  EXPECT_FALSE(feed.since(2));
  EXPECT_THAT(*feed.since(3), IsEmpty());
  EXPECT_TRUE(feed.recent().empty());
  EXPECT_EQ(feed.index_of(Interest::of_service("web")), 3U) << "as young as it may be";
  EXPECT_THAT(take_woken(), IsEmpty());
  change(put(make_route("r", "shop")));
  EXPECT_THAT(take_woken(), ElementsAre("route"));
  EXPECT_EQ(feed.since(3)->size(), 1U);
}

TEST_F(FeedTest, EachPartOfTheStateHasTheIndexOfItsLastChange) {
  change(put(make_instance("a", "web")));  // 1: the service, 2
  change(put(make_instance("b", "shop")));
  EXPECT_EQ(feed.index_of(Interest::of_service("web")), 2U);
  EXPECT_EQ(feed.index_of(Interest::of_service("shop")), 4U);
  EXPECT_EQ(feed.index_of(Interest::of_tables({Table::kServices})), 3U);
  EXPECT_EQ(feed.index_of(Interest::of_table(Table::kKv)), 0U);
  change(put(make_instance("a2", "web")));
  change(remove(Table::kInstances, "a2"));
  EXPECT_EQ(feed.index_of(Interest::of_service("web")), 6U) << "deletions count";
  EXPECT_EQ(feed.index_of(Interest::of_service("shop")), 4U);
}

TEST_F(FeedTest, AServiceThatIsGoneIsAsOldAsItsEnd) {
  change(put(make_instance("a", "web")));
  change(remove(Table::kInstances, "a"));
  const std::uint64_t gone = feed.index_of(Interest::of_service("web"));
  EXPECT_EQ(gone, feed.index());
  change(put(make_instance("b", "shop")));
  EXPECT_EQ(feed.index_of(Interest::of_service("web")), gone);
  EXPECT_EQ(feed.index_of(Interest::of_service("never")), gone) << "nobody can tell the two apart";
}

TEST_F(FeedTest, ANodeConcernsAllServicesThatAreOnIt) {
  model::Node node;
  node.name = "db-host";
  change(put(node));
  model::Instance instance = make_instance("a", "web");
  instance.node = node.name;
  change(put(instance));
  change(put(make_instance("b", "shop")));
  const std::uint64_t before = feed.index();
  wait("web", Interest::of_service("web"), before);
  wait("shop", Interest::of_service("shop"), before);
  wait("tables", Interest::of_tables({Table::kNodes, Table::kKv}), before);
  node.address = "10.0.0.7";
  change(put(node));
  EXPECT_EQ(feed.index_of(Interest::of_service("web")), before + 1);
  EXPECT_LT(feed.index_of(Interest::of_service("shop")), before + 1);
  EXPECT_THAT(take_woken(), testing::UnorderedElementsAre("web", "tables"));
  feed.close();
}

TEST_F(FeedTest, AWaitForAPrefixOfKeysIsWokenByItsKeysAlone) {
  const auto set = [this](const char* key) {
    model::KvEntry entry;
    entry.key = key;
    entry.value.data = std::to_string(feed.index());
    change(put(entry));
  };
  set("app/a");
  const std::uint64_t below = feed.index_of(Interest::of_prefix(Table::kKv, "app/"));
  EXPECT_EQ(below, feed.index());
  set("other");
  EXPECT_EQ(feed.index_of(Interest::of_prefix(Table::kKv, "app/")), below);
  EXPECT_EQ(feed.index_of(Interest::of_key(Table::kKv, "app/a")), below);
  wait("app/", Interest::of_prefix(Table::kKv, "app/"), below);
  wait("all", Interest::of_prefix(Table::kKv, ""), feed.index());
  wait("key", Interest::of_key(Table::kKv, "app/b"), below);
  set("application");
  EXPECT_THAT(take_woken(), ElementsAre("all"));
  set("app/b");
  EXPECT_THAT(take_woken(), testing::UnorderedElementsAre("app/", "key"));
  change(remove(Table::kKv, "app/b"));
  EXPECT_EQ(feed.index_of(Interest::of_prefix(Table::kKv, "app/")), feed.index());
  EXPECT_EQ(feed.index_of(Interest::of_key(Table::kKv, "app/b")), feed.index());
  EXPECT_EQ(feed.index_of(Interest::of_key(Table::kKv, "app/a")), below);
}

TEST(Waits, EqualInterestsShareOnePoint) {
  io::Loop loop{io::make_driver(io::DriverKind::kEpoll).value(), "test", 1};
  Waits waits(loop, 100);
  std::vector<Waits::Place> places;
  for (int i = 0; i < 100; ++i) {
    places.push_back(waits.join(Interest::of_service(i % 2 == 0 ? "web" : "shop")).value());
  }
  EXPECT_EQ(waits.waiter_count(), 100U);
  EXPECT_EQ(waits.point_count(), 2U);
  EXPECT_EQ(waits.join(Interest::everything()).error().code, base::Code::kOverloaded);
  for (const Waits::Place& place : places) {
    EXPECT_TRUE(waits.leave(place, {}));
  }
  EXPECT_EQ(waits.waiter_count(), 0U);
  EXPECT_EQ(waits.point_count(), 0U);
  waits.close();
  EXPECT_EQ(waits.join(Interest::everything()).error().code, base::Code::kShutdown);
}

}  // namespace
}  // namespace weft::state
