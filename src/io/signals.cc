#include "io/signals.h"

#include "io/socket.h"

#include <cerrno>
#include <signal.h>
#include <sys/signalfd.h>

namespace weft::io {

base::Result<Signals> Signals::make(Loop& loop, std::span<const int> numbers) {
  sigset_t wanted;
  sigemptyset(&wanted);
  for (const int number : numbers) {
    sigaddset(&wanted, number);
  }
  UniqueFd descriptor(signalfd(-1, &wanted, SFD_NONBLOCK | SFD_CLOEXEC));
  if (!descriptor) {
    return base::fail(base::error_from_errno(errno, "signalfd"));
  }
  sigset_t before;
  pthread_sigmask(SIG_BLOCK, &wanted, &before);
  std::vector<int> newly_blocked;
  for (const int number : numbers) {
    if (sigismember(&before, number) == 0) {
      newly_blocked.push_back(number);
    }
  }
  return Signals(loop, std::move(descriptor), newly_blocked);
}

Signals::Signals(Loop& loop, UniqueFd descriptor, std::span<const int> newly_blocked)
    : loop_(&loop),
      descriptor_(std::move(descriptor)),
      newly_blocked_(newly_blocked.begin(), newly_blocked.end()) {}

Signals::~Signals() {
  sigset_t mask;
  sigemptyset(&mask);
  for (const int number : newly_blocked_) {
    sigaddset(&mask, number);
  }
  pthread_sigmask(SIG_UNBLOCK, &mask, nullptr);
}

Task<base::Result<int>> Signals::next(base::MonoTime deadline) {
  ForeignDescriptor watched(*loop_, descriptor_.value());
  for (;;) {
    signalfd_siginfo info{};
    if (::read(descriptor_.value(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
      co_return static_cast<int>(info.ssi_signo);
    }
    if (errno != EAGAIN && errno != EINTR) {
      co_return base::fail(base::error_from_errno(errno, "read a signal"));
    }
    WEFT_CO_TRY_VOID(co_await watched.readable(deadline));
  }
}

}  // namespace weft::io
