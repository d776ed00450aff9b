#include "health/thresholds.h"

#include "base/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace weft::health {
namespace {

using model::CheckStatus;

constexpr Verdict kNone{};
constexpr Verdict kPassing{CheckStatus::kPassing, false};
constexpr Verdict kWarning{CheckStatus::kWarning, false};
constexpr Verdict kCritical{CheckStatus::kCritical, false};
constexpr Verdict kNoAnswer{CheckStatus::kCritical, true};

model::CheckSpec make_spec(std::uint16_t healthy, std::uint16_t unhealthy,
                           std::uint16_t warning = 0) {
  model::CheckSpec spec;
  spec.healthy_threshold = healthy;
  spec.unhealthy_threshold = unhealthy;
  spec.warning_threshold = warning;
  return spec;
}

Verdict fold_all(const model::CheckSpec& spec, Verdict now, const std::vector<Verdict>& results) {
  Thresholds thresholds;
  for (const Verdict& result : results) {
    now = thresholds.fold(now, result, spec);
  }
  return now;
}

TEST(Thresholds, ThreeFailuresInARowMakeCritical) {
  const auto spec = make_spec(1, 3);
  EXPECT_EQ(fold_all(spec, kPassing, {kNoAnswer, kNoAnswer}), kPassing);
  EXPECT_EQ(fold_all(spec, kPassing, {kNoAnswer, kNoAnswer, kNoAnswer}), kNoAnswer);
}

TEST(Thresholds, AGoodResultStartsTheCountOfFailuresAnew) {
  const auto spec = make_spec(1, 2);
  EXPECT_EQ(fold_all(spec, kPassing, {kCritical, kPassing, kCritical}), kPassing);
}

TEST(Thresholds, ACheckWithoutAStatusNeedsItsThresholdToo) {
  const auto spec = make_spec(2, 2);
  EXPECT_EQ(fold_all(spec, kNone, {kPassing}), kNone);
  EXPECT_EQ(fold_all(spec, kNone, {kCritical}), kNone);
  EXPECT_EQ(fold_all(spec, kNone, {kPassing, kPassing}), kPassing);
}

TEST(Thresholds, PassingAndWarningCountTogetherAndTheLastOneIsTaken) {
  const auto spec = make_spec(3, 1);
  EXPECT_EQ(fold_all(spec, kCritical, {kPassing, kWarning}), kCritical);
  EXPECT_EQ(fold_all(spec, kCritical, {kPassing, kPassing, kWarning}), kWarning);
}

TEST(Thresholds, ACriticalCheckSaysAtOnceWhetherItsLastFailureWasAnAnswer) {
  const auto spec = make_spec(1, 3);
  EXPECT_EQ(fold_all(spec, kNoAnswer, {kCritical}), kCritical);
}

TEST(Thresholds, FailuresWarnBeforeTheyAreCritical) {
  struct Case {
    std::uint16_t warning;
    std::uint16_t unhealthy;
    Verdict before;
    std::vector<Verdict> after;  // of one failure after the other
  };
  const std::vector<Case> cases{
      {0, 3, kPassing, {kPassing, kPassing, kCritical}},
      {1, 3, kPassing, {kWarning, kWarning, kCritical}},
      {2, 3, kPassing, {kPassing, kWarning, kCritical}},
      {3, 3, kPassing, {kPassing, kPassing, kCritical}},
      {4, 3, kPassing, {kPassing, kPassing, kCritical}},
      {1, 1, kPassing, {kCritical, kCritical, kCritical}},
      {2, 3, kNone, {kNone, kWarning, kCritical}},
      {2, 4, kWarning, {kWarning, kWarning, kWarning, kCritical}},
      {1, 3, kNoAnswer, {kCritical, kCritical, kCritical}},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const Case& one = cases[i];
    const auto spec = make_spec(1, one.unhealthy, one.warning);
    Thresholds thresholds;
    Verdict now = one.before;
    for (const Verdict& wanted : one.after) {
      now = thresholds.fold(now, kCritical, spec);
      EXPECT_EQ(now, wanted) << "case " << i;
    }
  }
}

TEST(Thresholds, AWarningOfFailuresEndsWithASuccess) {
  const auto spec = make_spec(1, 3, 1);
  EXPECT_EQ(fold_all(spec, kPassing, {kCritical, kPassing}), kPassing);
  EXPECT_EQ(fold_all(spec, kPassing, {kCritical, kPassing, kCritical, kCritical}), kWarning);
}

// The rule written down without counters: look at the tail of all results.
Verdict judge_slowly(const model::CheckSpec& spec, const Verdict& now,
                     const std::vector<Verdict>& results) {
  const bool is_bad = results.back().status == CheckStatus::kCritical;
  const auto of_other_kind = [is_bad](const Verdict& result) {
    return (result.status == CheckStatus::kCritical) != is_bad;
  };
  const auto tail = std::find_if(results.rbegin(), results.rend(), of_other_kind);
  const auto in_a_row = std::distance(results.rbegin(), tail);
  const bool is_enough = in_a_row >= (is_bad ? spec.unhealthy_threshold : spec.healthy_threshold);
  if (is_enough || (is_bad && now.status == CheckStatus::kCritical)) {
    return results.back();
  }
  const bool warns = is_bad && spec.warning_threshold > 0 && in_a_row >= spec.warning_threshold;
  return warns ? kWarning : now;
}

TEST(Thresholds, AgreeWithTheRuleOnAnySequence) {
  base::Random random(7);
  const std::vector<Verdict> all{kPassing, kWarning, kCritical, kNoAnswer};
  for (int round = 0; round < 200; ++round) {
    const auto spec = make_spec(static_cast<std::uint16_t>(1 + random.below(4)),
                                static_cast<std::uint16_t>(1 + random.below(4)),
                                static_cast<std::uint16_t>(random.below(5)));
    Thresholds thresholds;
    Verdict fast = kNone;
    Verdict slow = kNone;
    std::vector<Verdict> results;
    for (int i = 0; i < 100; ++i) {
      results.push_back(all[random.below(all.size())]);
      fast = thresholds.fold(fast, results.back(), spec);
      slow = judge_slowly(spec, slow, results);
      ASSERT_EQ(fast, slow) << "round " << round << ", result " << i;
    }
  }
}

}  // namespace
}  // namespace weft::health
