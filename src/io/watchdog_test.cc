#include "io/watchdog.h"

#include "io/sim_world.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>

namespace weft::io {
namespace {

class WatchdogTest : public testing::Test {
 protected:
  // Sleeps, then keeps its loop busy for `work`.
  static Task<void> toil(Loop* loop, SimNetwork* network, base::Nanos work) {
    base::ignore(co_await loop->sleep_for(base::Millis(1)), "nobody cancels it");
    network->advance(network->now() + work);
  }
  void work(const char* name, base::Nanos time) {
    TaskScope scope;
    scope.spawn(name, toil(loop_.get(), &network_, time));
    loop_->run_until_done(scope.join());
  }
  template <class T>
  T value_of(std::string_view name) const {
    for (const base::MeterFamily& family : meters_.collect()) {
      if (family.info.name == name) {
        EXPECT_EQ(family.samples.at(0).labels, (base::MeterLabels{{"loop", "busy"}}));
        return std::get<T>(family.samples.at(0).value);
      }
    }
    ADD_FAILURE() << name;
    return {};
  }
  std::uint64_t slow_turns() const { return value_of<std::uint64_t>("weft_loop_slow_turns_total"); }
  base::Nanos turn_max() const {
    return base::Nanos(value_of<std::int64_t>("weft_loop_turn_max_seconds"));
  }
  std::string take_lines() {
    std::string lines = lines_.str();
    lines_.str("");
    return lines;
  }

  SimNetwork network_{1};
  std::unique_ptr<Loop> loop_ = make_sim_loop(network_, "busy", 1);
  base::MeterRegistry meters_;
  std::ostringstream lines_;
  base::Log log_{{.queue_lines = 0}, lines_};
  Watchdog watchdog_{*loop_, log_, meters_};
};

TEST_F(WatchdogTest, CountsAndNamesATurnThatIsTooLong) {
  work("quick", base::Millis(5));
  EXPECT_EQ(slow_turns(), 0U);
  EXPECT_EQ(turn_max(), base::Millis(5));
  EXPECT_EQ(take_lines(), "");
  work("glutton", base::Millis(12));
  EXPECT_EQ(slow_turns(), 1U);
  EXPECT_EQ(turn_max(), base::Millis(12));
  const std::string line = take_lines();
  for (const char* fact : {"loop=busy", "task=glutton", "took_us=12000", "since_last_line=1"}) {
    EXPECT_NE(line.find(fact), std::string::npos) << line;
  }
}

TEST_F(WatchdogTest, CountsAMessageToo) {
  loop_->post([this] { network_.advance(network_.now() + base::Millis(7)); });
  work("quick", base::Millis(0));
  EXPECT_EQ(slow_turns(), 1U);
  EXPECT_NE(take_lines().find("task=message"), std::string::npos);
}

TEST_F(WatchdogTest, SaysAtMostOneLineInTenSeconds) {
  for (int i = 0; i < 5; ++i) {
    work("glutton", base::Millis(10));
  }
  EXPECT_EQ(slow_turns(), 5U);
  const std::string lines = take_lines();
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 1);
  network_.advance(network_.now() + base::Seconds(10));
  work("glutton", base::Millis(10));
  EXPECT_NE(take_lines().find("since_last_line=5"), std::string::npos);
}

TEST_F(WatchdogTest, ForgetsTheLongestTurnAfterAMinute) {
  work("glutton", base::Millis(80));
  EXPECT_EQ(turn_max(), base::Millis(80));
  network_.advance(network_.now() + base::Seconds(61));
  work("quick", base::Millis(2));
  EXPECT_LE(turn_max(), base::Millis(2));
}

TEST(Watchdog, IsNotMissedWhereNobodyWatches) {
  SimNetwork network(1);
  const std::unique_ptr<Loop> loop = make_sim_loop(network, "alone", 1);
  loop->post([&] { network.advance(network.now() + base::Millis(7)); });
  loop->turn_once(loop->now());
}

}  // namespace
}  // namespace weft::io
