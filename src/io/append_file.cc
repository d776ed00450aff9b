#include "io/append_file.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

namespace weft::io {
namespace {

constexpr int kStallMillisMax = 1000;
constexpr mode_t kMode = 0640;  // as log files are: the group may read them

// O_NONBLOCK: a pipe that nobody reads must not stop the start; nothing changes for plain files.
base::Result<UniqueFd> open_to_append(const std::string& path) {
  UniqueFd file(
      ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, kMode));
  if (!file) {
    return base::fail(base::error_from_errno(errno, "open"));
  }
  return file;
}

bool is_plain_file(int descriptor) {
  struct stat facts{};
  return ::fstat(descriptor, &facts) == 0 && S_ISREG(facts.st_mode);
}

// A reader that went away is an error of the write, not the end of the process.
void block_sigpipe() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

}  // namespace

base::Result<AppendFile> AppendFile::open(std::string path) {
  if (path == kStandardOutput) {
    return AppendFile(std::move(path), UniqueFd());
  }
  WEFT_TRY(auto file, open_to_append(path));
  return AppendFile(std::move(path), std::move(file));
}

AppendFile::AppendFile(std::string path, UniqueFd owned)
    : path_(std::move(path)),
      owned_(std::move(owned)),
      is_plain_file_(is_plain_file(descriptor())) {}

Appended AppendFile::append(std::string_view bytes) {
  if (!is_plain_file_) {
    block_sigpipe();
  }
  // The standard output is shared with others and stays blocking: after poll(2), a piece of this
  // size never waits (pipe(7)). What was opened here says itself that it would.
  const bool may_block = !is_plain_file_ && !owned_;
  const std::size_t piece_bytes_max = may_block ? PIPE_BUF : bytes.size();
  bool must_wait = may_block;
  Appended out;
  while (out.bytes < bytes.size()) {
    if (must_wait) {
      if (out.error = wait_for_reader(); out.error) {
        return out;
      }
    }
    const std::size_t most = std::min(bytes.size() - out.bytes, piece_bytes_max);
    const ssize_t count = ::write(descriptor(), bytes.data() + out.bytes, most);
    if (count < 0 && errno != EINTR && errno != EAGAIN) {
      out.error = base::error_from_errno(errno, "write");
      return out;
    }
    must_wait = may_block || (count < 0 && errno == EAGAIN);
    if (count > 0) {
      out.bytes += static_cast<std::size_t>(count);
      stands_still_ = false;
    }
  }
  return out;
}

// Who stood still once is not waited for again until he reads.
std::optional<base::Error> AppendFile::wait_for_reader() {
  pollfd wait{.fd = descriptor(), .events = POLLOUT, .revents = 0};
  int ready = -1;
  do {
    ready = ::poll(&wait, 1, stands_still_ ? 0 : kStallMillisMax);
  } while (ready < 0 && errno == EINTR);
  stands_still_ = ready == 0;
  if (ready > 0) {
    return std::nullopt;  // also for POLLERR: the write says what it is
  }
  return ready == 0 ? base::Error{base::Code::kTimeout, base::Side::kSelf, base::Retry::kNever, 0,
                                  "the reader stands still"}
                    : base::error_from_errno(errno, "poll");
}

base::Result<void> AppendFile::reopen() {
  if (!owned_) {
    return {};
  }
  WEFT_TRY(auto file, open_to_append(path_));
  owned_ = std::move(file);
  is_plain_file_ = is_plain_file(owned_.value());
  stands_still_ = false;
  return {};
}

}  // namespace weft::io
