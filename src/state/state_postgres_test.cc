// Several States on one PostgreSQL: each node on a thread of its own, and a server that stands
// still, dies and comes back.
#include "state/mesh_for_test.h"
#include "state/postgres_for_test.h"
#include "state/store_postgres.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <thread>

namespace weft::state {
namespace {

using base::Code;
using base::Result;

class StatePostgres : public testing::Test {
 protected:
  void SetUp() override {
    if (!PostgresForTest::is_installed()) {
      GTEST_SKIP() << PostgresForTest::kMissing;
    }
    server_ = PostgresForTest::start_once();
    ASSERT_NE(server_, nullptr);
    store_options_.url = server_->url();
    store_options_.schema = server_->new_schema();
  }
  void TearDown() override {
    if (server_ != nullptr) {
      server_->continue_all();
    }
  }

  std::unique_ptr<Store> open() const {
    auto opened = StorePostgres::open(store_options_);
    EXPECT_TRUE(opened) << base::describe(opened.error());
    return std::move(*opened);
  }

  PostgresForTest* server_ = nullptr;
  StorePostgres::Options store_options_;
  State::Options options_{.recovery_pause = base::Millis(20)};
};

// What the thread of a node does.
struct PgRace {
  static io::Task<void> run(NodeForTest* node, int times, std::latch* started,
                            std::latch* counted) {
    co_await node->start();
    started->arrive_and_wait();
    co_await count_up(&node->state, times);
    counted->arrive_and_wait();
    EXPECT_TRUE(co_await node->state.catch_up());
  }
  static io::Task<void> stop(State* state) { co_await state->stop(); }
};

TEST_F(StatePostgres, NoUpdateIsLostWhenNodesCountAtOnce) {
  constexpr int kNodes = 3;
  constexpr int kEach = 334;
  std::vector<std::string> dumps(kNodes);
  std::vector<std::vector<std::uint64_t>> published(kNodes);
  std::latch all_started(kNodes);
  std::latch all_counted(kNodes);
  std::vector<std::jthread> threads;
  threads.reserve(kNodes);
  for (std::size_t i = 0; i < kNodes; ++i) {
    threads.emplace_back([&, i] {
      io::Loop loop(io::make_driver(io::DriverKind::kEpoll).value(), "node", i);
      NodeForTest node(loop, open(), options_);
      loop.run_until_done(PgRace::run(&node, kEach, &all_started, &all_counted));
      EXPECT_EQ(counter_of(node.view()).value, kNodes * kEach);
      dumps[i] = dump(node.view());
      published[i] = node.published;
      loop.run_until_done(PgRace::stop(&node.state));
    });
  }
  threads.clear();
  std::vector<std::uint64_t> all;
  for (std::uint64_t index = 1; index <= kNodes * kEach; ++index) {
    all.push_back(index);
  }
  for (std::size_t i = 0; i < kNodes; ++i) {
    EXPECT_EQ(dumps[i], dumps[0]);
    EXPECT_EQ(published[i], all) << "in order, exactly once";
  }
}

// Node 0 writes all the time, the others now and then.
struct PgFlood {
  static io::Task<void> run(State* state, int number, const std::atomic<int>* left) {
    for (int i = 0; *left > 0; ++i) {
      model::Command command =
          put(make_route(fmt::format("r{}", number), fmt::format("{} {}", number, i)));
      const auto applied = co_await state->apply(std::move(command));
      EXPECT_TRUE(applied) << base::describe(applied.error());
    }
  }
  static io::Task<void> run_node(NodeForTest* node, std::atomic<int>* left) {
    co_await node->start();
    io::TaskScope writers;
    for (int number = 0; number < 20; ++number) {
      writers.spawn("flood", run(&node->state, number, left));
    }
    co_await writers.join();
    co_await node->state.stop();
  }
  static io::Task<void> run_other(NodeForTest* node, std::atomic<int>* left) {
    co_await node->start();
    for (int i = 0; i < 30; ++i) {
      model::Command command = put(make_route("mine", fmt::format("mine {}", i)));
      const auto applied = co_await node->state.apply(std::move(command));
      EXPECT_TRUE(applied) << base::describe(applied.error());
    }
    --*left;
    co_await node->state.stop();
  }
};

TEST_F(StatePostgres, ANodeGetsItsTurnHoweverMuchAnotherWrites) {
  std::atomic<int> left = 2;
  std::vector<std::jthread> threads;
  threads.reserve(3);
  for (std::size_t i = 0; i < 3; ++i) {
    threads.emplace_back([&, i] {
      io::Loop loop(io::make_driver(io::DriverKind::kEpoll).value(), "node", i);
      NodeForTest node(loop, open(), options_);
      loop.run_until_done(i == 0 ? PgFlood::run_node(&node, &left)
                                 : PgFlood::run_other(&node, &left));
    });
  }
  threads.clear();
  EXPECT_EQ(left, 0);
}

// Two nodes on one loop.
class StatePostgresOutage : public StatePostgres {
 protected:
  void SetUp() override {
    StatePostgres::SetUp();
    if (server_ == nullptr) {
      return;
    }
    store_options_.patience = base::Millis(500);
    a_ = std::make_unique<NodeForTest>(loop_, open(), options_);
    b_ = std::make_unique<NodeForTest>(loop_, open(), options_);
    loop_.run_until_done(a_->start());
    loop_.run_until_done(b_->start());
  }
  void TearDown() override {
    StatePostgres::TearDown();
    for (auto* node : {&a_, &b_}) {
      if (*node != nullptr) {
        loop_.run_until_done(PgRace::stop(&(*node)->state));
        node->reset();
      }
    }
  }

  struct Write {
    static io::Task<void> run(State* state, model::Command command, Result<Applied>* out) {
      *out = co_await state->apply(std::move(command));
    }
  };
  Result<Applied> apply(NodeForTest& node, model::Command command) {
    Result<Applied> out = base::fail(Code::kInternal, "it did not end");
    loop_.run_until_done(Write::run(&node.state, std::move(command), &out));
    return out;
  }
  template <class Condition>
  void turn_until(Condition is_so) {
    while (!is_so()) {
      loop_.turn_once(loop_.now() + base::Millis(5));
    }
  }

  io::Loop loop_{io::make_driver(io::DriverKind::kEpoll).value(), "test", 1};
  std::unique_ptr<NodeForTest> a_;
  std::unique_ptr<NodeForTest> b_;
};

TEST_F(StatePostgresOutage, ReadsGoOnAndWritesAreRefusedWhileTheServerStandsStill) {
  ASSERT_TRUE(apply(*a_, put(make_instance("x", "web"))));
  turn_until([&] { return b_->view().index() == 2; });
  server_->stop_all();
  EXPECT_FALSE(apply(*b_, put(make_instance("y", "web"))));
  EXPECT_FALSE(b_->state.is_writable());
  EXPECT_EQ(apply(*b_, put(make_instance("z", "web"))).error().code, Code::kUnavailable);
  EXPECT_NE(b_->view().find<model::Instance>("x"), nullptr);
  server_->continue_all();
  turn_until([&] { return b_->state.is_writable(); });
  EXPECT_TRUE(apply(*b_, put(make_instance("z", "web"))));
  turn_until([&] { return a_->view().index() == b_->view().index(); });
  EXPECT_EQ(dump(a_->view()), dump(b_->view()));
  EXPECT_EQ(a_->published, b_->published);
}

TEST_F(StatePostgresOutage, AServerThatDiesAndComesBackHasLostNothing) {
  ASSERT_TRUE(apply(*a_, put(make_instance("x", "web"))));
  turn_until([&] { return b_->view().index() == 2; });
  server_->kill_all();
  EXPECT_FALSE(apply(*b_, put(make_instance("y", "web"))));
  server_->start_again();
  turn_until([&] { return b_->state.is_writable(); });
  ASSERT_TRUE(apply(*a_, put(make_instance("z", "api"))));
  turn_until([&] { return b_->view().find<model::Instance>("z") != nullptr; });
  EXPECT_EQ(dump(a_->view()), dump(b_->view()));
  EXPECT_NE(b_->view().find<model::Instance>("x"), nullptr);
  EXPECT_EQ(a_->published, b_->published);
}

TEST_F(StatePostgresOutage, ANodeNoticesThatItsDatabaseWentBack) {
  ASSERT_TRUE(apply(*a_, put(make_route("kept", ""))));
  ASSERT_TRUE(apply(*a_, put(make_route("lost", ""))));
  turn_until([&] { return b_->view().index() == 2; });
  const auto run_sql = [&](std::string_view text) {
    server_->run_sql(fmt::format(fmt::runtime(text), fmt::arg("in", store_options_.schema)));
  };
  run_sql(
      "DELETE FROM {in}.changes WHERE idx > 1; DELETE FROM {in}.objects WHERE modified > 1;"
      "UPDATE {in}.meta SET last_index = 1;"
      "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
      " WHERE application_name = 'weft' AND pid <> pg_backend_pid()");
  ASSERT_TRUE(apply(*a_, put(make_route("new", ""))));
  turn_until([&] { return b_->view().find<model::Route>("new") != nullptr; });
  EXPECT_EQ(a_->view().find<model::Route>("lost"), nullptr);
  EXPECT_EQ(dump(a_->view()), dump(b_->view()));
  EXPECT_TRUE(std::ranges::is_sorted(a_->published));
  EXPECT_TRUE(std::ranges::is_sorted(b_->published));
}

}  // namespace
}  // namespace weft::state
