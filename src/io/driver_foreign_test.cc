// What the drivers that talk to the kernel promise about descriptors that somebody else owns, and
// about threads.
#include "io/driver_fixture_for_test.h"
#include "io/unique_fd.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <filesystem>
#include <string>
#include <sys/socket.h>
#include <thread>

namespace weft::io {
namespace {

using namespace std::chrono_literals;

class DriverForeign : public testing::TestWithParam<const char*> {
 protected:
  DriverForeign() {
    std::array<int, 2> ends{};
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()), 0);
    ours_ = UniqueFd(ends[0]);
    theirs_ = UniqueFd(ends[1]);
  }
  void fill() {
    const std::string block(65536, 'x');
    while (::write(ours_.value(), block.data(), block.size()) > 0) {
    }
  }
  void drain_theirs() {
    std::array<char, 65536> bytes{};
    while (::read(theirs_.value(), bytes.data(), bytes.size()) > 0) {
    }
  }

  std::unique_ptr<Loop> loop_ = make_loop_for_test(GetParam());
  UniqueFd ours_;
  UniqueFd theirs_;
};

INSTANTIATE_TEST_SUITE_P(Drivers, DriverForeign, testing::ValuesIn(real_driver_names_for_test()),
                         [](const auto& test) { return std::string(test.param); });

Task<void> note_readable(ForeignDescriptor* watched, base::MonoTime deadline, base::Code* code) {
  *code = code_for_test(co_await watched->readable(deadline));
}

Task<void> note_writable(ForeignDescriptor* watched, base::MonoTime deadline, base::Code* code) {
  *code = code_for_test(co_await watched->writable(deadline));
}

Task<void> write_after(Loop* loop, int fd, base::Nanos delay) {
  static_cast<void>(co_await loop->sleep_for(delay));
  EXPECT_EQ(::write(fd, "x", 1), 1);
}

constexpr base::Code kReady = base::Code::kInternal;

TEST_P(DriverForeign, ReadinessIsSeenAndAskedForAnew) {
  ForeignDescriptor watched(*loop_, ours_.value());
  base::Code code{};
  loop_->run_until_done(note_readable(&watched, loop_->now() + 5ms, &code));
  EXPECT_EQ(code, base::Code::kTimeout);
  loop_->run_until_done(join_both(note_readable(&watched, loop_->now() + 5s, &code),
                                  write_after(loop_.get(), theirs_.value(), 2ms)));
  EXPECT_EQ(code, kReady);
  // Nobody read it, so it is readable still.
  loop_->run_until_done(note_readable(&watched, loop_->now() + 5s, &code));
  EXPECT_EQ(code, kReady);
  std::array<char, 8> bytes{};
  EXPECT_EQ(::read(ours_.value(), bytes.data(), bytes.size()), 1);
  loop_->run_until_done(note_readable(&watched, loop_->now() + 5ms, &code));
  EXPECT_EQ(code, base::Code::kTimeout);
}

TEST_P(DriverForeign, BothDirectionsAreAwaitedAtOnce) {
  fill();
  ForeignDescriptor watched(*loop_, ours_.value());
  base::Code read_code{};
  base::Code write_code{};
  TaskScope scope;
  scope.spawn("write", note_writable(&watched, loop_->now() + 5s, &write_code));
  loop_->run_until_done(join_both(note_readable(&watched, loop_->now() + 5s, &read_code),
                                  write_after(loop_.get(), theirs_.value(), 2ms)));
  EXPECT_EQ(read_code, kReady);
  EXPECT_EQ(scope.size(), 1U);  // the other direction waits on
  drain_theirs();
  loop_->run_until_done(scope.join());
  EXPECT_EQ(write_code, kReady);
}

TEST_P(DriverForeign, AHangUpEndsBothDirections) {
  fill();
  ForeignDescriptor watched(*loop_, ours_.value());
  base::Code read_code{};
  base::Code write_code{};
  theirs_.reset();
  loop_->run_until_done(join_both(note_readable(&watched, loop_->now() + 5s, &read_code),
                                  note_writable(&watched, loop_->now() + 5s, &write_code)));
  EXPECT_EQ(read_code, kReady);
  EXPECT_EQ(write_code, kReady);
}

TEST_P(DriverForeign, AWaitIsCancelledWithItsScope) {
  ForeignDescriptor watched(*loop_, ours_.value());
  TaskScope scope;
  base::Code code{};
  scope.spawn("read", note_readable(&watched, base::kNever, &code));
  loop_->run_until_done(stop_after(loop_.get(), &scope, 5ms));
  EXPECT_EQ(code, base::Code::kCancelled);
}

TEST_P(DriverForeign, AForeignDescriptorStaysOpen) {
  {
    const ForeignDescriptor watched(*loop_, ours_.value());
  }
  EXPECT_GE(fcntl(ours_.value(), F_GETFD), 0);
}

TEST_P(DriverForeign, AMessageFromAnotherThreadEndsTheWait) {
  std::thread::id ran_on;
  std::jthread other([&] {
    loop_->post([&] { ran_on = std::this_thread::get_id(); });
    loop_->stop_soon();
  });
  loop_->run();
  EXPECT_EQ(ran_on, std::this_thread::get_id());
}

TEST_P(DriverForeign, MessagesOfOneThreadRunInOrder) {
  std::vector<int> order;
  std::jthread other([&] {
    for (int i = 0; i < 10'000; ++i) {
      loop_->post([&order, i] { order.push_back(i); });
    }
    loop_->stop_soon();
  });
  loop_->run();
  ASSERT_EQ(order.size(), 10'000U);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

TEST_P(DriverForeign, ConnectionsThatComeAndGoLeaveNoDescriptorBehind) {
  static_cast<void>(make_pair_for_test(*loop_));
  const std::size_t before = open_descriptors();
  for (int i = 0; i < 2000; ++i) {
    const StreamPair pair = make_pair_for_test(*loop_);
    ASSERT_TRUE(pair.server);
  }
  EXPECT_EQ(open_descriptors(), before);
}

TEST_P(DriverForeign, ALoopThatGoesClosesWhatItOpened) {
  const std::size_t before = open_descriptors();
  {
    const auto other = make_loop_for_test(GetParam());
  }
  EXPECT_EQ(open_descriptors(), before);
}

}  // namespace
}  // namespace weft::io
