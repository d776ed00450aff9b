#include "io/descriptor_wait.h"

#include <gtest/gtest.h>

#include <array>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace weft::io {
namespace {

using base::Code;

// Two ends of a connection: neither is readable, both are writable.
class DescriptorWait : public testing::Test {
 protected:
  void SetUp() override {
    std::array<int, 2> ends{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()), 0);
    ours_ = UniqueFd(ends[0]);
    theirs_ = UniqueFd(ends[1]);
  }
  void say_something() { ASSERT_EQ(::write(theirs_.value(), "x", 1), 1); }

  UniqueFd ours_;
  UniqueFd theirs_;
};

TEST_F(DescriptorWait, EndsWhenTheDescriptorIsReady) {
  say_something();
  EXPECT_TRUE(wait_for_descriptor(ours_.value(), kReadable, base::kNever));
  EXPECT_TRUE(wait_for_descriptor(ours_.value(), kWritable, base::kNever));
}

TEST_F(DescriptorWait, EndsAtItsDeadlineWhenNothingHappens) {
  const auto waited =
      wait_for_descriptor(ours_.value(), kReadable, deadline_after(base::Millis(1)));
  ASSERT_FALSE(waited);
  EXPECT_EQ(waited.error().code, Code::kTimeout);
}

TEST_F(DescriptorWait, LooksOnceWhenTheDeadlineHasPassed) {
  EXPECT_EQ(wait_for_descriptor(ours_.value(), kReadable, base::MonoTime{}).error().code,
            Code::kTimeout);
  say_something();
  EXPECT_TRUE(wait_for_descriptor(ours_.value(), kReadable, base::MonoTime{}));
}

TEST_F(DescriptorWait, AnyOfTheWantedIsEnough) {
  EXPECT_TRUE(wait_for_descriptor(ours_.value(), kReadable | kWritable, base::kNever));
}

TEST_F(DescriptorWait, APeerThatHasGoneIsSomethingToLookAt) {
  theirs_.reset();
  EXPECT_TRUE(wait_for_descriptor(ours_.value(), kReadable, base::kNever));
}

TEST_F(DescriptorWait, ARaisedFlagCutsItShortEvenWhenTheDescriptorIsReady) {
  const auto flag = WakeFlag::make();
  ASSERT_TRUE(flag);
  flag->raise();
  say_something();
  const auto waited = wait_for_descriptor(ours_.value(), kReadable, base::kNever, &*flag);
  ASSERT_FALSE(waited);
  EXPECT_EQ(waited.error().code, Code::kCancelled);
  flag->lower();
  EXPECT_TRUE(wait_for_descriptor(ours_.value(), kReadable, base::kNever, &*flag));
}

TEST_F(DescriptorWait, AnotherThreadCutsItShort) {
  const auto flag = WakeFlag::make();
  ASSERT_TRUE(flag);
  const std::jthread other([&] { flag->raise(); });
  const auto waited = wait_for_descriptor(ours_.value(), kReadable, base::kNever, &*flag);
  ASSERT_FALSE(waited);
  EXPECT_EQ(waited.error().code, Code::kCancelled);
}

TEST(WakeFlag, StaysUpUntilItIsLoweredHoweverOftenItWasRaised) {
  const auto flag = WakeFlag::make();
  ASSERT_TRUE(flag);
  EXPECT_FALSE(flag->wait(base::MonoTime{}));
  flag->raise();
  flag->raise();
  EXPECT_TRUE(flag->wait(base::kNever));
  EXPECT_TRUE(flag->wait(base::kNever));
  flag->lower();
  EXPECT_FALSE(flag->wait(base::MonoTime{}));
}

}  // namespace
}  // namespace weft::io
