#include "balance/shedder.h"

#include "base/random.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace weft::balance {
namespace {

using base::Micros;
using base::Millis;
using base::MonoTime;
using base::Nanos;
using base::Seconds;

constexpr int kRequestsPerTurnMax = 256;  // as the epoll driver

// A loop whose every turn takes on as many requests as a driver hands out at once, when so many
// wait.
class LoopForTest {
 public:
  explicit LoopForTest(const ShedderOptions& options) : shedder(options) {}

  struct Result {
    std::uint64_t served = 0;
    std::uint64_t refused = 0;
    Nanos turn{0};  // mean
  };

  // `clients` send one request after the other, without a pause.
  Result run(Nanos duration, int clients) {
    Result result;
    std::int64_t turns = 0;
    for (const MonoTime begin = now; now < begin + duration; ++turns) {
      Nanos work = Micros(50);  // of a turn itself
      for (int i = 0; i < std::min(clients, kRequestsPerTurnMax); ++i) {
        shedder.on_turn(took_, now);
        const bool is_admitted = shedder.judge(0) == Shedder::Verdict::kAdmit;
        work += is_admitted ? cost : Nanos(Micros(20));
        ++(is_admitted ? result.served : result.refused);
      }
      took_ = work;
      now += work;
      result.turn += work;
    }
    result.turn /= turns;
    return result;
  }

  Shedder shedder;
  MonoTime now{Seconds(10)};
  Nanos cost = Micros(100);

 private:
  Nanos took_{0};
};

TEST(Shedder, RefusesNobodyOnALoopThatIsOnlyBusy) {
  const ShedderOptions options;
  LoopForTest loop(options);
  EXPECT_EQ(loop.run(Seconds(60), 10'000).refused, 0U);
  EXPECT_EQ(loop.shedder.share(), 0);
}

TEST(Shedder, BringsTheTurnsOfAStarvedLoopDownToTheMaximum) {
  for (const auto cost : {Micros(1'500), Micros(3'000), Micros(10'000)}) {
    SCOPED_TRACE(cost.count());
    const ShedderOptions options;
    LoopForTest loop(options);
    loop.cost = cost;
    loop.run(Seconds(30), 10'000);
    const auto result = loop.run(Seconds(60), 10'000);
    EXPECT_LT(result.turn, options.delay_max * 6 / 5);
    EXPECT_GT(result.turn, options.delay_max / 2) << "no more is refused than it takes";
    EXPECT_GT(result.served, 0U);
  }
}

TEST(Shedder, ForgetsAnOverloadThatIsOver) {
  const ShedderOptions options;
  LoopForTest loop(options);
  loop.cost = Millis(3);
  loop.run(Seconds(30), 10'000);
  EXPECT_GT(loop.shedder.share(), 0.3);
  loop.cost = Micros(100);
  loop.run(Seconds(30), 10'000);
  EXPECT_EQ(loop.shedder.share(), 0);
}

TEST(Shedder, LongTurnsAreNoOverloadWhileSomeAreShort) {
  const ShedderOptions options;
  Shedder shedder(options);
  base::Random random(1);
  MonoTime now{Seconds(10)};
  for (int i = 0; i < 10'000; ++i) {
    const Nanos took = i % 5 == 0 ? Millis(1) : Millis(400);
    now += took;
    shedder.on_turn(took, now);
    ASSERT_EQ(shedder.judge(100), Shedder::Verdict::kAdmit);
  }
}

TEST(Shedder, AFewLongTurnsInAQuietTimeSayNothing) {
  const ShedderOptions options;
  Shedder shedder(options);
  MonoTime now{Seconds(10)};
  for (int i = 0; i < 100; ++i) {
    now += Seconds(2);
    shedder.on_turn(Millis(i % 4 == 0 ? 0 : 600), now);
    ASSERT_EQ(shedder.judge(0), Shedder::Verdict::kAdmit);
  }
}

TEST(Shedder, RequestsUnderWayHaveALimitOfTheirOwn) {
  const ShedderOptions options{.requests_max = 3};
  Shedder shedder(options);
  EXPECT_EQ(shedder.judge(2), Shedder::Verdict::kAdmit);
  EXPECT_EQ(shedder.judge(3), Shedder::Verdict::kTooManyRequests);
  EXPECT_EQ(shedder.refused_total(), 1U);
}

TEST(Shedder, CanBeTurnedOff) {
  const ShedderOptions options{.delay_max = Nanos(0)};
  LoopForTest loop(options);
  loop.cost = Millis(3);
  EXPECT_EQ(loop.run(Seconds(10), 10'000).refused, 0U);
}

}  // namespace
}  // namespace weft::balance
