#include "health/scheduler.h"

#include "health/backend_for_test.h"
#include "io/sim_world.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <ranges>
#include <vector>

namespace weft::health {
namespace {

using base::Millis;
using base::MonoTime;
using base::Nanos;
using base::Seconds;
using First = Scheduler::First;

// A timer fires up to one tick late, which it may be at both ends of a gap.
constexpr Nanos kTick = io::TimerWheel::kTick;

struct FakeSlot final : ProbeSlot {
  Nanos probe_time{0};  // 0: the probe never waits
  std::vector<MonoTime> starts;
  int running = 0;
  int finished = 0;
  bool removes_itself = false;
};

class SchedulerTest : public testing::Test {
 protected:
  void TearDown() override {
    loop_->run_until_done(scheduler_->stop());
    for (const auto& slot : slots_) {
      scheduler_->remove(*slot);
    }
  }

  void make_scheduler(const Scheduler::Options& options) {
    scheduler_ = std::make_unique<Scheduler>(
        *loop_, options, [this](ProbeSlot& slot) { return begin(static_cast<FakeSlot&>(slot)); },
        [this](ProbeSlot& slot, const ProbeResult& /*result*/) {
          auto& fake = static_cast<FakeSlot&>(slot);
          ++fake.finished;
          if (fake.removes_itself) {
            scheduler_->remove(fake);
          }
        });
  }

  FakeSlot& add(const ProbeRhythm& rhythm, Nanos probe_time = Nanos(0),
                First first = First::kAtOnce) {
    FakeSlot& slot = *slots_.emplace_back(std::make_unique<FakeSlot>());
    slot.probe_time = probe_time;
    scheduler_->add(slot, rhythm, first);
    return slot;
  }

  // Slots are kept, so that a late probe may write into one that was removed.
  io::Task<ProbeResult> begin(FakeSlot& slot) {
    slot.starts.push_back(loop_->now());
    EXPECT_EQ(slot.running, 0) << "a probe overlaps itself";
    return wait(&slot);
  }

  io::Task<ProbeResult> wait(FakeSlot* slot) {
    ++slot->running;
    in_flight_most_ = std::max(in_flight_most_, ++in_flight_);
    if (slot->probe_time > Nanos(0)) {
      base::ignore(co_await loop_->sleep_for(slot->probe_time), "ends either way");
    }
    --slot->running;
    --in_flight_;
    co_return ProbeResult{};
  }

  io::SimNetwork network_{1};
  std::unique_ptr<io::Loop> loop_ = io::make_sim_loop(network_, "test", 1);
  int in_flight_ = 0;
  int in_flight_most_ = 0;
  std::vector<std::unique_ptr<FakeSlot>> slots_;
  std::unique_ptr<Scheduler> scheduler_;
};

TEST_F(SchedulerTest, ProbesFirstAtOnceThenInIntervals) {
  make_scheduler({});
  const MonoTime start = loop_->now();
  const FakeSlot& slot = add({.interval = Seconds(10)}, Millis(5));
  run_for(*loop_, Seconds(35));
  ASSERT_EQ(slot.starts.size(), 4U);
  for (std::size_t i = 0; i < slot.starts.size(); ++i) {
    const MonoTime due = start + Seconds(10) * static_cast<int>(i);
    EXPECT_GE(slot.starts[i], due);
    EXPECT_LE(slot.starts[i], due + 2 * kTick);
  }
}

TEST_F(SchedulerTest, WaitsOneIntervalWhenNothingIsDueBefore) {
  make_scheduler({});
  const FakeSlot& slot = add({.interval = Seconds(1)}, Nanos(0), First::kAfterInterval);
  run_for(*loop_, Millis(990));
  EXPECT_EQ(slot.starts.size(), 0U);
  run_for(*loop_, Millis(20));
  EXPECT_EQ(slot.starts.size(), 1U);
}

TEST_F(SchedulerTest, KeepsEveryGapWithinTheJitterAndTheMeanAtTheInterval) {
  make_scheduler({.in_flight_max = 10'000});
  for (int i = 0; i < 100; ++i) {
    add({.interval = Millis(200 + 10 * i), .jitter = 0.005 * i}, Millis(i % 7));
  }
  run_for(*loop_, Seconds(200));
  for (int i = 0; i < 100; ++i) {
    const auto& starts = slots_[static_cast<std::size_t>(i)]->starts;
    const double interval = static_cast<double>(Nanos(Millis(200 + 10 * i)).count());
    const double slack = interval * (0.005 * i + 0.005) + static_cast<double>((2 * kTick).count());
    for (std::size_t k = 1; k < starts.size(); ++k) {
      const double gap = static_cast<double>((starts[k] - starts[k - 1]).count());
      ASSERT_GE(gap, interval - slack) << "slot " << i;
      ASSERT_LE(gap, interval + slack) << "slot " << i;
    }
    const double mean = static_cast<double>((starts.back() - starts.front()).count()) /
                        static_cast<double>(starts.size() - 1);
    EXPECT_NEAR(mean / interval, 1, 0.1) << "slot " << i;
  }
}

TEST_F(SchedulerTest, JitterPullsChecksOfOneRhythmApart) {
  make_scheduler({});
  for (int i = 0; i < 100; ++i) {
    add({.interval = Seconds(1), .jitter = 0.1});
  }
  run_for(*loop_, Seconds(60));
  std::vector<MonoTime> last;
  last.reserve(slots_.size());
  for (const auto& slot : slots_) {
    last.push_back(slot->starts.back());
  }
  const auto [first, latest] = std::ranges::minmax(last);
  EXPECT_GT(latest - first, Millis(300));
}

TEST_F(SchedulerTest, WakesUpForBunchesThatFitIntoATurn) {
  make_scheduler({.in_flight_max = 10'000});
  constexpr int kChecks = 4000;
  for (int i = 0; i < kChecks; ++i) {
    add({.interval = Seconds(4), .jitter = 0.1});
  }
  run_for(*loop_, Seconds(20));
  std::map<MonoTime, int> bunches;
  const MonoTime since = loop_->now() - Seconds(10);
  for (const auto& slot : slots_) {
    for (const MonoTime start : slot->starts) {
      bunches[start] += start > since ? 1 : 0;
    }
  }
  std::erase_if(bunches, [](const auto& bunch) { return bunch.second == 0; });
  EXPECT_NEAR(static_cast<double>(bunches.size()), 750, 50);  // three ticks each 40 ms
  EXPECT_LT(std::ranges::max(bunches | std::views::values), 40);
}

// 4,000 checks of 4 s: bunches of 40, each over three ticks.
TEST_F(SchedulerTest, BunchesMoveDueTimesByLessThanAHundredth) {
  make_scheduler({.in_flight_max = 10'000});
  for (int i = 0; i < 4000; ++i) {
    add({.interval = Seconds(4)});
  }
  run_for(*loop_, Seconds(40));
  for (const auto& slot : slots_) {
    for (std::size_t i = 2; i < slot->starts.size(); ++i) {
      const Nanos gap = slot->starts[i] - slot->starts[i - 1];
      ASSERT_NEAR(base::to_seconds(gap), 4, 0.031);  // 30 ms and a tick
    }
  }
}

TEST_F(SchedulerTest, BunchesLeaveTheMeanIntervalAsItIs) {
  make_scheduler({.in_flight_max = 10'000});
  for (int i = 0; i < 4000; ++i) {
    add({.interval = Seconds(4), .jitter = 0.01});
  }
  run_for(*loop_, Seconds(100));
  double seconds = 0;
  double gaps = 0;
  for (const auto& slot : slots_) {
    seconds += base::to_seconds(slot->starts.back() - slot->starts[1]);
    gaps += static_cast<double>(slot->starts.size() - 2);
  }
  EXPECT_NEAR(seconds / gaps, 4, 0.0004);  // four times its standard error
}

TEST_F(SchedulerTest, SpreadsTheFirstProbesOfACrowd) {
  make_scheduler({});
  const MonoTime start = loop_->now();
  for (int i = 0; i < 3000; ++i) {
    add({.interval = Seconds(10)}, Millis(1));
  }
  run_for(*loop_, Millis(1500));
  std::size_t begun = 0;
  for (const auto& slot : slots_) {
    begun += slot->starts.size();
  }
  EXPECT_NEAR(static_cast<double>(begun), 1500, 10);
  run_for(*loop_, Millis(1600));
  for (int i = 0; i < 3000; ++i) {
    const auto& starts = slots_[static_cast<std::size_t>(i)]->starts;
    ASSERT_EQ(starts.size(), 1U);
    EXPECT_NEAR(base::to_millis(starts[0] - start), i, 3);
  }
}

TEST_F(SchedulerTest, SpreadsACrowdOfQuickChecksOverTheirOwnInterval) {
  make_scheduler({});
  for (int i = 0; i < 1000; ++i) {
    add({.interval = Millis(100)});
  }
  run_for(*loop_, Millis(103));
  EXPECT_TRUE(std::ranges::none_of(slots_, [](const auto& slot) { return slot->starts.empty(); }));
}

TEST_F(SchedulerTest, TheCrowdOfAStartDelaysNobodyElse) {
  make_scheduler({});
  for (int i = 0; i < 5000; ++i) {
    add({.interval = Seconds(10)}, Nanos(0), First::kInLine);
  }
  const FakeSlot& late_comer = add({.interval = Seconds(10)});
  run_for(*loop_, Millis(3));
  EXPECT_EQ(late_comer.starts.size(), 1U);
}

TEST_F(SchedulerTest, NeverHasMoreInFlightThanAllowedAndServesAllInTurn) {
  make_scheduler({.in_flight_max = 4, .crowd_spread = Nanos(0)});
  for (int i = 0; i < 100; ++i) {
    add({.interval = Seconds(10)}, Millis(10));
  }
  run_for(*loop_, Millis(5));
  EXPECT_EQ(scheduler_->in_flight(), 4U);
  EXPECT_EQ(scheduler_->queued(), 96U);
  run_for(*loop_, Millis(400));
  EXPECT_EQ(in_flight_most_, 4);
  EXPECT_EQ(scheduler_->queued(), 0U);
  EXPECT_TRUE(std::ranges::all_of(slots_, [](const auto& slot) { return slot->finished == 1; }));
}

TEST_F(SchedulerTest, AProbeLongerThanItsIntervalIsFollowedAtOnceByOneOnly) {
  make_scheduler({});
  const FakeSlot& slot = add({.interval = Millis(10)}, Millis(100));
  run_for(*loop_, Seconds(1));
  EXPECT_GE(slot.starts.size(), 9U);
  EXPECT_LE(slot.starts.size(), 10U);
}

TEST_F(SchedulerTest, AProbeAskedForComesSoonAndStartsTheRhythmAnew) {
  make_scheduler({});
  FakeSlot& slot = add({.interval = Seconds(10)}, Millis(1));
  run_for(*loop_, Seconds(4));
  scheduler_->probe_soon(slot);
  EXPECT_EQ(slot.starts.size(), 2U);  // in the call: there is room
  run_for(*loop_, Millis(9'900));
  EXPECT_EQ(slot.starts.size(), 2U);
  run_for(*loop_, Millis(200));
  EXPECT_EQ(slot.starts.size(), 3U);
}

TEST_F(SchedulerTest, AProbeAskedForGoesBeforeThoseWhoWait) {
  make_scheduler({.in_flight_max = 1, .crowd_spread = Nanos(0)});
  for (int i = 0; i < 10; ++i) {
    add({.interval = Seconds(10)}, Millis(10));
  }
  run_for(*loop_, Millis(5));
  scheduler_->probe_soon(*slots_[9]);
  run_for(*loop_, Millis(10));
  EXPECT_EQ(slots_[9]->starts.size(), 1U);
  EXPECT_EQ(slots_[1]->starts.size(), 0U);
}

TEST_F(SchedulerTest, AProbeInFlightDoesNotAnswerALaterQuestion) {
  make_scheduler({});
  FakeSlot& slot = add({.interval = Seconds(10)}, Millis(50));
  run_for(*loop_, Millis(20));
  scheduler_->probe_soon(slot);
  scheduler_->probe_soon(slot);
  EXPECT_EQ(slot.starts.size(), 1U);
  run_for(*loop_, Seconds(1));
  EXPECT_EQ(slot.starts.size(), 2U);
}

TEST_F(SchedulerTest, WhatIsPutOffIsDueOneIntervalLater) {
  make_scheduler({});
  FakeSlot& slot = add({.interval = Seconds(1)}, Nanos(0), First::kAfterInterval);
  for (int i = 0; i < 10; ++i) {
    run_for(*loop_, Millis(900));
    scheduler_->put_off(slot);
  }
  EXPECT_EQ(slot.starts.size(), 0U);
  run_for(*loop_, Millis(1'010));
  EXPECT_EQ(slot.starts.size(), 1U);
}

TEST_F(SchedulerTest, ARemovedSlotIsNotHeardOfAgain) {
  make_scheduler({.in_flight_max = 1, .crowd_spread = Nanos(0)});
  FakeSlot& in_flight = add({.interval = Millis(100)}, Millis(50));
  FakeSlot& queued = add({.interval = Millis(100)}, Millis(50));
  FakeSlot& waiting = add({.interval = Millis(100)}, Millis(50), First::kAfterInterval);
  run_for(*loop_, Millis(10));
  for (FakeSlot* slot : {&in_flight, &queued, &waiting}) {
    scheduler_->remove(*slot);
    EXPECT_FALSE(slot->is_scheduled());
  }
  run_for(*loop_, Seconds(1));
  EXPECT_EQ(in_flight.finished, 0);
  EXPECT_EQ(in_flight.starts.size(), 1U);
  EXPECT_EQ(queued.starts.size(), 0U);
  EXPECT_EQ(waiting.starts.size(), 0U);
  EXPECT_EQ(scheduler_->in_flight(), 0U);
}

TEST_F(SchedulerTest, ASlotMayBeRemovedByItsOwnResult) {
  make_scheduler({});
  FakeSlot& slot = add({.interval = Millis(10)}, Millis(1));
  slot.removes_itself = true;
  run_for(*loop_, Seconds(1));
  EXPECT_EQ(slot.finished, 1);
}

TEST_F(SchedulerTest, ACrowdOfProbesThatNeverWaitDoesNotDeepenTheStack) {
  make_scheduler({.in_flight_max = 1, .crowd_spread = Nanos(0)});
  for (int i = 0; i < 100'000; ++i) {
    add({.interval = Seconds(10)});
  }
  run_for(*loop_, Millis(5));
  EXPECT_TRUE(std::ranges::all_of(slots_, [](const auto& slot) { return slot->finished == 1; }));
}

TEST_F(SchedulerTest, StopCancelsWhatIsInFlightAndStartsNothing) {
  make_scheduler({.in_flight_max = 2, .crowd_spread = Nanos(0)});
  for (int i = 0; i < 10; ++i) {
    add({.interval = Millis(10)}, Seconds(100));
  }
  run_for(*loop_, Millis(5));
  const MonoTime before = loop_->now();
  loop_->run_until_done(scheduler_->stop());
  EXPECT_LT(loop_->now() - before, Seconds(1));
  run_for(*loop_, Seconds(1));
  EXPECT_EQ(scheduler_->in_flight(), 0U);
  for (const auto& slot : slots_) {
    EXPECT_EQ(slot->finished, 0);
  }
}

TEST_F(SchedulerTest, KeepsItsPromisesUnderARandomWalk) {
  make_scheduler({.in_flight_max = 16, .crowd_spread = Millis(100)});
  base::Random random(3);
  for (int i = 0; i < 200; ++i) {
    add({.interval = Millis(20 + random.below(500)), .jitter = 0.5 * random.unit()},
        Nanos(random.below(60'000'000)));
  }
  for (int i = 0; i < 5000; ++i) {
    FakeSlot& slot = *slots_[random.below(slots_.size())];
    switch (random.below(4)) {
      case 0:
        if (slot.is_scheduled()) {
          scheduler_->remove(slot);
        } else if (slot.running == 0) {
          scheduler_->add(slot, {.interval = Millis(20 + random.below(500))}, First::kAtOnce);
        }
        break;
      case 1:
        if (slot.is_scheduled()) {
          scheduler_->probe_soon(slot);
        }
        break;
      case 2:
        if (slot.is_scheduled()) {
          scheduler_->put_off(slot);
        }
        break;
      default:
        run_for(*loop_, Millis(1 + random.below(10)));
    }
    ASSERT_LE(scheduler_->in_flight(), 16U);
    ASSERT_EQ(static_cast<int>(scheduler_->in_flight()), in_flight_);
  }
  EXPECT_EQ(in_flight_most_, 16);
}

}  // namespace
}  // namespace weft::health
