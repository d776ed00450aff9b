#include "io/signals.h"

#include "io/driver_fixture_for_test.h"

#include <gtest/gtest.h>

#include <array>
#include <signal.h>

namespace weft::io {
namespace {

using namespace std::chrono_literals;

constexpr std::array kNumbers{SIGHUP, SIGUSR1};

Task<void> take_next(Signals* signals, base::MonoTime deadline, base::Result<int>* out) {
  *out = co_await signals->next(deadline);
}

TEST(Signals, ASignalSentToTheProcessArrivesAsAValue) {
  auto loop = make_loop_for_test("epoll");
  auto signals = Signals::make(*loop, kNumbers);
  ASSERT_TRUE(signals);
  ASSERT_EQ(raise(SIGHUP), 0);
  base::Result<int> got = 0;
  loop->run_until_done(take_next(&*signals, loop->now() + 5s, &got));
  EXPECT_EQ(got, SIGHUP);
  ASSERT_EQ(raise(SIGUSR1), 0);
  loop->run_until_done(take_next(&*signals, loop->now() + 5s, &got));
  EXPECT_EQ(got, SIGUSR1);
}

TEST(Signals, WaitingEndsAtTheDeadline) {
  auto loop = make_loop_for_test("epoll");
  auto signals = Signals::make(*loop, kNumbers);
  ASSERT_TRUE(signals);
  base::Result<int> got = 0;
  loop->run_until_done(take_next(&*signals, loop->now() + 5ms, &got));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, base::Code::kTimeout);
}

TEST(Signals, TheMaskIsRestoredAtTheEnd) {
  auto loop = make_loop_for_test("epoll");
  {
    auto signals = Signals::make(*loop, kNumbers);
    ASSERT_TRUE(signals);
  }
  sigset_t mask;
  pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  EXPECT_EQ(sigismember(&mask, SIGHUP), 0);
}

}  // namespace
}  // namespace weft::io
