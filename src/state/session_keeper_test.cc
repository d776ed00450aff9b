#include "state/session_keeper.h"

#include "io/sim_world.h"
#include "state/command_fixture_for_test.h"
#include "state/store_memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <sstream>
#include <string>
#include <vector>

namespace weft::state {
namespace {

using model::LockDelay;
using model::Session;
using testing::ElementsAre;

constexpr base::Nanos kLongEnough = base::Seconds(100);

// In virtual time.
class SessionKeeperTest : public testing::Test {
 protected:
  void SetUp() override { run(begin(this)); }
  void TearDown() override { run(end(this)); }

  static io::Task<void> begin(SessionKeeperTest* test) {
    const auto started = co_await test->state_.start();
    EXPECT_TRUE(started);
    test->keeper_.start();
  }
  static io::Task<void> end(SessionKeeperTest* test) {
    co_await test->keeper_.stop();
    co_await test->state_.stop();
  }
  static io::Task<void> write(SessionKeeperTest* test, model::Command command) {
    const auto applied = co_await test->state_.apply(std::move(command));
    EXPECT_TRUE(applied) << base::describe(applied.error());
  }
  void run(io::Task<void> task) {
    scope_.spawn("test", std::move(task));
    ASSERT_TRUE(world_.run_until([this] { return scope_.size() == 0; }, kLongEnough));
  }
  void set(const model::Object& object) { run(write(this, put(object))); }
  void make_session() {
    set(model::Node{.name = "n1"});
    set(Session{.id = "s", .node = "n1", .ttl = base::Seconds(10)});
  }
  static io::Task<void> let_pass(io::Loop* loop, base::Nanos time) {
    base::ignore(co_await loop->sleep_for(time), "nobody cancels it");
  }
  void pass(base::Nanos time) { run(let_pass(&loop_, time)); }
  bool is_there() { return state_.view()->find<Session>("s") != nullptr; }

  io::SimWorld world_{1};
  io::Loop& loop_ = world_.add_loop("test");
  std::ostringstream log_text_;
  base::Log log_{{.queue_lines = 0}, log_text_};
  base::MeterRegistry meters_;
  StoreMemory store_;
  io::BlockingPool pool_{[this](io::BlockingPool::Job job) {
    world_.network().call_at(world_.now() + base::Millis(1), std::move(job));
  }};
  State state_{{.loop = loop_, .pool = pool_, .store = store_, .log = log_, .meters = meters_}, {}};
  bool is_ours_ = true;
  std::vector<std::string> forwarded_;
  SessionKeeper keeper_{loop_,
                        state_,
                        log_,
                        {.owns = [this](const Session&) { return is_ours_; },
                         .forward = [this](const std::string& id) { forwarded_.push_back(id); }}};
  io::TaskScope scope_;
};

TEST_F(SessionKeeperTest, ASessionThatNobodyRenewsEnds) {
  make_session();
  pass(base::Seconds(14));
  EXPECT_TRUE(is_there()) << "it lives half as long again as it asked for";
  pass(base::Seconds(2));
  EXPECT_FALSE(is_there());
}

TEST_F(SessionKeeperTest, ARenewalGivesItItsWholeTimeAgain) {
  make_session();
  for (int i = 0; i < 5; ++i) {
    pass(base::Seconds(9));
    keeper_.renew("s");
  }
  EXPECT_TRUE(is_there());
  EXPECT_TRUE(forwarded_.empty());
}

TEST_F(SessionKeeperTest, OneThatIsAnothersIsLeftToHimAndItsRenewalsAreForwarded) {
  is_ours_ = false;
  make_session();
  pass(base::Seconds(60));
  EXPECT_TRUE(is_there());
  keeper_.renew("s");
  EXPECT_THAT(forwarded_, ElementsAre("s"));
}

TEST_F(SessionKeeperTest, OneThatBecomesOursHasItsWholeTimeFromThenOn) {
  is_ours_ = false;
  make_session();
  pass(base::Seconds(20));
  is_ours_ = true;
  keeper_.reconsider();
  pass(base::Seconds(14));
  EXPECT_TRUE(is_there());
  pass(base::Seconds(2));
  EXPECT_FALSE(is_there());
}

TEST_F(SessionKeeperTest, OneThatGoesToAnotherIsNotEndedHere) {
  make_session();
  pass(base::Seconds(10));
  is_ours_ = false;
  keeper_.reconsider();
  pass(base::Seconds(60));
  EXPECT_TRUE(is_there());
}

TEST_F(SessionKeeperTest, ALockDelayEndsWhenItIsOver) {
  set(LockDelay{.key = "k", .until = loop_.wall_now() + base::Seconds(5)});
  pass(base::Seconds(4));
  EXPECT_NE(state_.view()->find<LockDelay>("k"), nullptr);
  pass(base::Seconds(2));
  EXPECT_EQ(state_.view()->find<LockDelay>("k"), nullptr);
}

TEST_F(SessionKeeperTest, AStoreThatTakesNothingIsAskedAgain) {
  make_session();
  store_.set_fault_for_test(StoreMemory::Fault::kRefuse);
  pass(base::Seconds(20));
  EXPECT_TRUE(is_there());
  store_.set_fault_for_test(StoreMemory::Fault::kNone);
  pass(base::Seconds(3));
  EXPECT_FALSE(is_there());
}

}  // namespace
}  // namespace weft::state
