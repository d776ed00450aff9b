#include "health/passive.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace weft::health {
namespace {

using base::Code;
using base::Side;

model::Record make_failure(std::uint32_t instance, Code error, Side side = Side::kBackend) {
  model::Record record;
  record.instance = instance;
  record.failed = true;
  record.error = error;
  record.side = side;
  return record;
}

class PassiveTest : public testing::Test {
 protected:
  void fold(const model::Record& record) { passive_.fold({&record, 1}); }

  base::ManualClock clock_;
  std::vector<std::uint32_t> looked_at_;
  Passive passive_{clock_, [this](std::uint32_t instance) { looked_at_.push_back(instance); }};
};

TEST_F(PassiveTest, LooksAtABackendThatRefusesBreaksOffOrFallsSilent) {
  std::uint32_t instance = 0;
  for (const Code code :
       {Code::kRefused, Code::kUnreachable, Code::kReset, Code::kClosed, Code::kTimeout}) {
    fold(make_failure(++instance, code));
  }
  EXPECT_EQ(looked_at_, (std::vector<std::uint32_t>{1, 2, 3, 4, 5}));
}

TEST_F(PassiveTest, LeavesABackendAloneThatIsNotToBlame) {
  model::Record success;
  success.instance = 1;
  success.status = 503;
  fold(success);
  fold(make_failure(1, Code::kReset, Side::kClient));
  fold(make_failure(1, Code::kOverloaded));
  fold(make_failure(0, Code::kRefused));
  EXPECT_TRUE(looked_at_.empty());
}

TEST_F(PassiveTest, LooksOncePerPauseAtEachInstance) {
  for (int i = 0; i < 1000; ++i) {
    fold(make_failure(1, Code::kRefused));
    fold(make_failure(2, Code::kRefused));
    clock_.advance(base::Millis(1));
  }
  EXPECT_EQ(std::ranges::count(looked_at_, 1U), 10);
  EXPECT_EQ(std::ranges::count(looked_at_, 2U), 10);
}

TEST_F(PassiveTest, ASuspicionCountsLikeARecord) {
  passive_.suspect(1);
  fold(make_failure(1, Code::kRefused));
  EXPECT_EQ(looked_at_, (std::vector<std::uint32_t>{1}));
}

TEST_F(PassiveTest, RemembersNoMoreThanTwoPauses) {
  for (std::uint32_t instance = 1; instance <= 10'000; ++instance) {
    passive_.suspect(instance);
    clock_.advance(base::Millis(1));
  }
  EXPECT_LE(passive_.remembered(), 201U);
  EXPECT_EQ(looked_at_.size(), 10'000U);
}

}  // namespace
}  // namespace weft::health
