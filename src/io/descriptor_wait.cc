#include "io/descriptor_wait.h"

#include "io/real_clock.h"

#include <array>
#include <cerrno>
#include <poll.h>
#include <span>
#include <sys/eventfd.h>
#include <unistd.h>
#include <utility>

namespace weft::io {
namespace {

// Returns: how many are ready, 0 at the deadline; negative with errno.
int poll_until(std::span<pollfd> waits, base::MonoTime deadline) {
  for (;;) {
    const int millis = wait_millis(real_now(), deadline);
    const int ready = ::poll(waits.data(), waits.size(), millis);
    const bool is_early = ready == 0 && millis != 0;  // a day at most in one wait
    if ((ready < 0 && errno == EINTR) || is_early) {
      continue;
    }
    return ready;
  }
}

}  // namespace

base::Result<WakeFlag> WakeFlag::make() {
  UniqueFd descriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!descriptor) {
    return base::fail(base::error_from_errno(errno, "eventfd"));
  }
  return WakeFlag(std::move(descriptor));
}

void WakeFlag::raise() const {
  const std::uint64_t one = 1;
  // Fails only when it has been raised 2^64 times.
  [[maybe_unused]] const ssize_t written = ::write(descriptor_.value(), &one, sizeof one);
}

void WakeFlag::lower() const {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t taken = ::read(descriptor_.value(), &count, sizeof count);
}

bool WakeFlag::wait(base::MonoTime deadline) const {
  std::array<pollfd, 1> waits{{{.fd = descriptor_.value(), .events = POLLIN, .revents = 0}}};
  return poll_until(waits, deadline) > 0;
}

base::Result<void> wait_for_descriptor(int descriptor, std::uint8_t wanted, base::MonoTime deadline,
                                       const WakeFlag* cut_short) {
  const int events =
      ((wanted & kReadable) != 0 ? POLLIN : 0) | ((wanted & kWritable) != 0 ? POLLOUT : 0);
  // poll(2) leaves out a negative descriptor.
  std::array<pollfd, 2> waits{
      {{.fd = descriptor, .events = static_cast<short>(events), .revents = 0},
       {.fd = cut_short != nullptr ? cut_short->descriptor_.value() : -1,
        .events = POLLIN,
        .revents = 0}}};
  const int ready = poll_until(waits, deadline);
  if (ready < 0) {
    return base::fail(base::error_from_errno(errno, "poll"));
  }
  if (waits[1].revents != 0) {
    return base::fail(base::Code::kCancelled, "the wait was cut short");
  }
  if (ready == 0) {
    return base::fail(base::Code::kTimeout, "wait for a descriptor");
  }
  return {};
}

base::MonoTime deadline_after(base::Nanos patience) { return real_now() + patience; }

}  // namespace weft::io
