#include "io/timer_wheel.h"

#include "base/random.h"

#include <gtest/gtest.h>

#include <deque>
#include <set>
#include <vector>

namespace weft::io {
namespace {

using namespace std::chrono_literals;

constexpr base::MonoTime kStart(1000s);

// A timer that notes when it fired.
struct Note : Timer {
  std::vector<int>* fired = nullptr;
  int name = 0;
};

void note_fired(Timer& timer) {
  auto& note = static_cast<Note&>(timer);
  note.fired->push_back(note.name);
}

class TimerWheelTest : public testing::Test {
 protected:
  Note& add(base::MonoTime deadline) {
    Note& note = notes_.emplace_back();
    note.deadline = deadline;
    note.fire = &note_fired;
    note.fired = &fired_;
    note.name = static_cast<int>(notes_.size()) - 1;
    wheel_.add(note);
    return note;
  }

  TimerWheel wheel_{kStart};
  std::deque<Note> notes_;
  std::vector<int> fired_;
};

TEST_F(TimerWheelTest, ATimerFiresNotEarlyAndAtMostOneTickLate) {
  add(kStart + 5ms + 300us);
  wheel_.advance(kStart + 5ms);
  EXPECT_TRUE(fired_.empty());
  wheel_.advance(kStart + 6ms + 300us);
  EXPECT_EQ(fired_, (std::vector<int>{0}));
  EXPECT_EQ(wheel_.size(), 0U);
}

TEST_F(TimerWheelTest, ADeadlineOfThePastFiresOnTheNextTick) {
  add(kStart - 1h);
  wheel_.advance(kStart + 1ms);
  EXPECT_EQ(fired_.size(), 1U);
}

TEST_F(TimerWheelTest, ATimerTurnsAheadWaitsForItsTurn) {
  add(kStart + 60s);
  for (int second = 1; second < 60; ++second) {
    wheel_.advance(kStart + base::Seconds(second));
    ASSERT_TRUE(fired_.empty()) << second;
  }
  wheel_.advance(kStart + 60s + 1ms);
  EXPECT_EQ(fired_.size(), 1U);
}

TEST_F(TimerWheelTest, ALongPauseFiresEverythingDue) {
  for (int i = 0; i < 1000; ++i) {
    add(kStart + base::Millis(i * 37));
  }
  wheel_.advance(kStart + 10min);
  EXPECT_EQ(fired_.size(), 1000U);
}

TEST_F(TimerWheelTest, TheNextDeadlineIsKnownAndForgottenWithItsTimer) {
  EXPECT_EQ(wheel_.next_deadline(), base::kNever);
  Note& note = add(kStart + 100ms);
  add(kStart + 300ms);
  EXPECT_EQ(wheel_.next_deadline(), kStart + 101ms);
  wheel_.remove(note);
  EXPECT_EQ(wheel_.next_deadline(), kStart + 301ms);
}

// One whose callback removes another timer and adds itself again.
struct Unruly : Timer {
  TimerWheel* wheel = nullptr;
  Timer* victim = nullptr;
  int times = 0;
};

void remove_victim_and_return(Timer& timer) {
  auto& unruly = static_cast<Unruly&>(timer);
  ++unruly.times;
  if (unruly.victim->is_linked()) {
    unruly.wheel->remove(*unruly.victim);
  }
  unruly.wheel->add(timer);
}

TEST_F(TimerWheelTest, ACallbackMayRemoveItsNeighbourAndComeBack) {
  Unruly unruly;
  unruly.deadline = kStart + 10ms;
  unruly.fire = &remove_victim_and_return;
  unruly.wheel = &wheel_;
  wheel_.add(unruly);
  unruly.victim = &add(kStart + 10ms);
  wheel_.advance(kStart + 11ms);
  EXPECT_EQ(unruly.times, 1);
  EXPECT_TRUE(fired_.empty());
  wheel_.advance(kStart + 12ms);
  EXPECT_EQ(unruly.times, 2);
  wheel_.remove(unruly);
}

// A wheel beside a naive list of what is linked, under random steps.
class RandomSteps {
 public:
  explicit RandomSteps(std::uint64_t seed) : random_(seed) {
    for (std::size_t i = 0; i < notes_.size(); ++i) {
      notes_[i].fire = &note_fired;
      notes_[i].fired = &fired_;
      notes_[i].name = static_cast<int>(i);
    }
  }

  void step() {
    Note& note = notes_[random_.below(notes_.size())];
    if (random_.below(3) == 0) {
      advance();
    } else if (note.is_linked()) {
      wheel_.remove(note);
      linked_.erase(note.name);
    } else {
      note.deadline = now_ + base::Micros(random_.below(80'000'000));
      wheel_.add(note);
      linked_.insert(note.name);
    }
  }

  void compare() {
    ASSERT_EQ(wheel_.size(), linked_.size());
    ASSERT_EQ(wheel_.next_deadline() == base::kNever, linked_.empty());
    for (const int name : linked_) {
      const base::MonoTime due = std::max(deadline_of(name), now_) + TimerWheel::kTick * 2;
      ASSERT_LE(wheel_.next_deadline(), due);
    }
  }

 private:
  base::MonoTime deadline_of(int name) const {
    return notes_[static_cast<std::size_t>(name)].deadline;
  }

  void advance() {
    // Small steps mostly, now and then more than two turns of the wheel.
    now_ += base::Micros(random_.below(4) == 0 ? random_.below(36'000'000) : random_.below(36'000));
    fired_.clear();
    wheel_.advance(now_);
    for (const int name : fired_) {
      ASSERT_EQ(linked_.erase(name), 1U);
      ASSERT_LE(deadline_of(name), now_);
    }
    for (const int name : linked_) {
      ASSERT_GT(deadline_of(name) + TimerWheel::kTick * 2, now_);
    }
  }

  base::Random random_;
  TimerWheel wheel_{kStart};
  std::vector<int> fired_;
  std::deque<Note> notes_ = std::deque<Note>(200);
  std::set<int> linked_;
  base::MonoTime now_ = kStart;
};

TEST(TimerWheelRandomTest, AgreesWithANaiveListOverRandomSteps) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomSteps steps(seed);
    for (int i = 0; i < 5000 && !testing::Test::HasFatalFailure(); ++i) {
      steps.step();
      steps.compare();
    }
  }
}

}  // namespace
}  // namespace weft::io
