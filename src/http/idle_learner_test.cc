#include "http/idle_learner.h"

#include "base/random.h"

#include <gtest/gtest.h>

namespace weft::http {
namespace {

using base::Millis;
using base::MonoTime;
using base::Nanos;
using base::Seconds;

constexpr MonoTime kLessonStart{Seconds(1000)};

// Two deaths that cannot have one cause.
IdleLearner taught(Nanos idled) {
  IdleLearner learner;
  learner.on_died(idled, kLessonStart);
  learner.on_died(idled, kLessonStart + Seconds(2));
  return learner;
}

TEST(IdleLearner, KnowsNothingAtFirst) {
  const IdleLearner learner;
  EXPECT_EQ(learner.usable(), IdleLearner::kUnknown);
  EXPECT_EQ(learner.learned(), IdleLearner::kUnknown);
  EXPECT_EQ(learner.announced(), IdleLearner::kUnknown);
}

TEST(IdleLearner, RetiresEarlierThanTheDeathsItSaw) {
  const IdleLearner learner = taught(Millis(400));
  EXPECT_EQ(learner.learned(), Millis(400));
  EXPECT_EQ(learner.usable(), Millis(300));
}

TEST(IdleLearner, ALongTimeoutLosesNoMoreThanASecond) {
  EXPECT_EQ(taught(Seconds(60)).usable(), Seconds(59));
}

TEST(IdleLearner, ABackendThatKeepsNothingIsBelieved) {
  EXPECT_EQ(taught(Nanos(50'000)).usable(), Nanos(0));
}

TEST(IdleLearner, OneDeathProvesNothing) {
  IdleLearner learner;
  learner.on_died(Millis(400), kLessonStart);
  EXPECT_EQ(learner.usable(), IdleLearner::kUnknown);
}

TEST(IdleLearner, ARestartEndsConnectionsOfEveryAgeAndTeachesNothing) {
  IdleLearner learner;
  for (int i = 0; i < 100; ++i) {
    learner.on_died(Millis(10 * i), kLessonStart + Millis(i));
  }
  EXPECT_EQ(learner.learned(), IdleLearner::kUnknown);
}

TEST(IdleLearner, RestartsLongApartTeachNothing) {
  IdleLearner learner;
  learner.on_died(Millis(5), kLessonStart);
  learner.on_died(Millis(7), kLessonStart + Seconds(3600));
  EXPECT_EQ(learner.learned(), IdleLearner::kUnknown);
}

TEST(IdleLearner, TheLongerOfTwoDeathsIsLearnedForTheShorterMayBeChance) {
  IdleLearner learner;
  learner.on_died(Millis(3), kLessonStart);
  learner.on_died(Millis(900), kLessonStart + Seconds(5));
  EXPECT_EQ(learner.learned(), Millis(900));
}

TEST(IdleLearner, ComesCloseToATimeoutThatItSeesOnlyNowAndThen) {
  // A second's sweep finds deaths up to a second late, at an age that depends on chance.
  base::Random random(7);
  IdleLearner learner;
  for (int i = 0; i < 100; ++i) {
    learner.on_died(Seconds(2) + Millis(static_cast<std::int64_t>(random.unit() * 1000)),
                    kLessonStart + Seconds(2 * i));
  }
  EXPECT_LT(learner.learned(), Millis(2100));
  EXPECT_LT(learner.usable(), Seconds(2));
  EXPECT_GT(learner.usable(), Millis(1400));
}

TEST(IdleLearner, ASurvivorMakesItForgetByHalfAtATime) {
  IdleLearner learner = taught(Millis(400));
  learner.on_alive(Millis(350));
  EXPECT_EQ(learner.learned(), Millis(400)) << "not beyond what was learned";
  learner.on_alive(Seconds(30));
  EXPECT_EQ(learner.learned(), Millis(600));
  learner.on_alive(Seconds(30));
  EXPECT_EQ(learner.learned(), Millis(900));
  for (int i = 0; i < 20; ++i) {
    learner.on_alive(Seconds(30) + Seconds(i));
  }
  EXPECT_GE(learner.learned(), Seconds(30)) << "used fully again";
}

TEST(IdleLearner, GrowthEndsAtTheAgeThatWasSeen) {
  IdleLearner learner = taught(Millis(400));
  learner.on_alive(Millis(450));
  EXPECT_EQ(learner.learned(), Millis(450));
}

TEST(IdleLearner, AWrongLessonNearZeroIsForgottenAtOnce) {
  IdleLearner learner = taught(Nanos(50'000));
  learner.on_alive(Seconds(1));
  EXPECT_GT(learner.usable(), Millis(5));
}

TEST(IdleLearner, WhatTheBackendSaysCountsAtOnceWhenItIsShorter) {
  IdleLearner learner;
  learner.on_announced(Seconds(5));
  EXPECT_EQ(learner.usable(), Seconds(4));
  learner.on_announced(Seconds(1));
  EXPECT_EQ(learner.usable(), Millis(750));
  learner.on_announced(IdleLearner::kUnknown);
  EXPECT_EQ(learner.usable(), IdleLearner::kUnknown);
}

TEST(IdleLearner, DeathsEarlierThanAnnouncedAreBelieved) {
  IdleLearner learner = taught(Millis(400));
  learner.on_announced(Seconds(5));
  EXPECT_EQ(learner.usable(), Millis(300));
}

TEST(AnnouncedIdleTimeout, IsReadFromAmongTheParameters) {
  EXPECT_EQ(announced_idle_timeout("timeout=5"), Seconds(5));
  EXPECT_EQ(announced_idle_timeout("max=100 ,\tTimeout=15 "), Seconds(15));
}

TEST(AnnouncedIdleTimeout, NonsenseSaysNothing) {
  for (const char* text :
       {"", ",", "timeout", "timeout=", "timeout=-1", "timeout=1.5", "timeout=0",
        "timeout=99999999999999999999", "timeout=90000", "xtimeout=5", "max=5"}) {
    EXPECT_EQ(announced_idle_timeout(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace weft::http
