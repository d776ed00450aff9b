#include "http/pool.h"

#include "io/sim_world.h"

#include <gtest/gtest.h>

#include <vector>

namespace weft::http {
namespace {

using base::Millis;
using base::Nanos;
using base::Seconds;

// A pool of one backend in a simulated network; the test closes the backend's ends.
class PoolTest : public testing::Test {
 protected:
  PoolTest() {
    auto listener = io::listen(backend_, address_, {});
    EXPECT_TRUE(listener);
    listener_ = std::move(*listener);
  }

  static io::Task<void> open(PoolTest* test, io::Socket* socket, bool* done) {
    auto connected = co_await io::connect(test->loop_, test->address_, base::kNever);
    auto accepted = co_await test->listener_.accept();
    EXPECT_TRUE(connected && accepted);
    *socket = std::move(*connected);
    test->ends_.push_back(std::move(accepted->socket));
    *done = true;
  }

  // Puts a fresh connection into the pool; its other end is the last of ends_.
  void give_one() {
    io::Socket socket;
    bool done = false;
    io::TaskScope scope;
    scope.spawn("open", open(this, &socket, &done));
    ASSERT_TRUE(world_.run_until([&] { return done; }, Seconds(5)));
    pool_.give(std::move(socket), world_.now(), 1);
  }

  void pass(Nanos time) {
    const base::MonoTime end = world_.now() + time;
    bool done = false;
    io::TaskScope scope;
    scope.spawn("pass", wait_until(&loop_, end, &done));
    ASSERT_TRUE(world_.run_until([&] { return done; }, time + Seconds(1)));
  }

  static io::Task<void> wait_until(io::Loop* loop, base::MonoTime until, bool* done) {
    base::ignore(co_await loop->sleep_until(until), "nobody cancels it");
    *done = true;
  }

  bool takes_one() { return pool_.take(world_.now()).has_value(); }

  // A connection that the backend closes at `timeout`, and that is asked for a moment later.
  void meet_a_death_at(Nanos timeout) {
    give_one();
    pass(timeout);
    ends_.back().close();
    pass(Millis(1));
    EXPECT_FALSE(takes_one());
  }

  // Housekeeping once a second.
  void sweep_for(int seconds) {
    for (int i = 0; i < seconds; ++i) {
      pass(Seconds(1));
      pool_.sweep(world_.now());
    }
  }

  base::SocketAddress address_{base::IpAddress::loopback(), 9001, {}};
  io::SimWorld world_{1};
  io::Loop& loop_ = world_.add_loop("pool");
  io::Loop& backend_ = world_.add_loop("backend");
  io::Listener listener_;
  std::vector<io::Socket> ends_;
  BackendPool pool_{PoolOptions{.idle_max = 4, .idle_timeout = Seconds(60)}};
};

TEST_F(PoolTest, TheNewestConnectionIsTakenWithItsAge) {
  give_one();
  pass(Millis(30));
  give_one();
  pass(Millis(20));
  const auto kept = pool_.take(world_.now());
  const Nanos idled = kept ? kept->idled : Nanos(0);
  EXPECT_GE(idled, Millis(20));
  EXPECT_LT(idled, Millis(25));
  EXPECT_EQ(pool_.idle(), 1U);
}

TEST_F(PoolTest, KeepsNoMoreThanItMay) {
  for (int i = 0; i < 6; ++i) {
    give_one();
  }
  EXPECT_EQ(pool_.idle(), 4U);
}

TEST_F(PoolTest, FewerAreKeptFromTheMomentItIsTold) {
  give_one();
  give_one();
  give_one();
  pool_.keep_at_most(1);
  EXPECT_EQ(pool_.idle(), 1U);
  pool_.keep_at_most(0);
  give_one();
  EXPECT_EQ(pool_.idle(), 0U);
}

TEST_F(PoolTest, AConnectionIsNotUsedBeyondItsIdleTimeAndClosedByTheSweep) {
  give_one();
  pass(Seconds(60));
  EXPECT_FALSE(takes_one());
  pool_.sweep(world_.now());
  EXPECT_EQ(pool_.idle(), 0U);
}

TEST_F(PoolTest, OneThatTheBackendClosedIsNotHandedOut) {
  give_one();
  ends_.back().close();
  pass(Millis(1));
  EXPECT_FALSE(takes_one());
  EXPECT_EQ(pool_.idle(), 0U);
}

TEST_F(PoolTest, OnceTheTimeoutIsLearnedNothingNearItIsUsed) {
  meet_a_death_at(Millis(200));
  pass(Seconds(2));
  meet_a_death_at(Millis(200));
  EXPECT_GE(pool_.learner().learned(), Millis(200));
  EXPECT_LT(pool_.learner().learned(), Millis(205));
  give_one();
  pass(Millis(120));
  EXPECT_TRUE(takes_one());
  give_one();
  pass(Millis(190));
  EXPECT_FALSE(takes_one()) << "alive, but the backend is about to close it";
}

TEST_F(PoolTest, AStaleOneCondemnsThoseThatIdledLonger) {
  give_one();
  pass(Millis(100));
  give_one();
  const auto kept = pool_.take(world_.now());
  pool_.on_stale(kept ? kept->idled : Nanos(0), world_.now());
  EXPECT_EQ(pool_.idle(), 0U);
}

TEST_F(PoolTest, ARetiredConnectionShowsThatTheBackendKeepsThemLonger) {
  meet_a_death_at(Millis(200));
  pass(Seconds(2));
  meet_a_death_at(Millis(200));
  give_one();
  give_one();
  sweep_for(1);
  EXPECT_EQ(pool_.idle(), 1U) << "one witness is enough";
  EXPECT_FALSE(takes_one()) << "and it is not used";
  sweep_for(14);
  EXPECT_GE(pool_.learner().usable(), Seconds(10));
  EXPECT_FALSE(takes_one()) << "older than what is known to be safe";
  give_one();
  pass(Seconds(5));
  EXPECT_TRUE(takes_one());
}

TEST_F(PoolTest, AWitnessThatDiesAsExpectedChangesNothing) {
  meet_a_death_at(Millis(200));
  pass(Seconds(2));
  meet_a_death_at(Millis(200));
  const Nanos learned = pool_.learner().learned();
  give_one();
  pass(Millis(200));
  ends_.back().close();
  sweep_for(3);
  EXPECT_EQ(pool_.idle(), 0U);
  EXPECT_EQ(pool_.learner().learned(), learned);
}

TEST_F(PoolTest, WhatTheBackendAnnouncesIsKept) {
  pool_.on_announced(Seconds(2));
  give_one();
  pass(Millis(1400));
  EXPECT_TRUE(takes_one());
  give_one();
  pass(Millis(1600));
  EXPECT_FALSE(takes_one());
}

}  // namespace
}  // namespace weft::http
