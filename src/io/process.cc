#include "io/process.h"

#include "io/descriptor_table.h"
#include "io/socket.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <signal.h>
#include <string_view>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

namespace weft::io {
namespace {

// Everything the child needs between fork and exec, prepared before, because there it may only
// make system calls: another thread may have held the heap's lock.
struct ChildPlan {
  std::vector<char*> argv;
  std::vector<char*> environment;
  const char* directory = nullptr;  // null: ours
  UniqueFd in;
  UniqueFd out;  // none: inherited
  UniqueFd err;
  UniqueFd failure;  // the write end of a pipe that closes on exec
  pid_t parent = 0;
};

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<char*> out;
  out.reserve(texts.size() + 1);  // a null follows
  for (const std::string& text : texts) {
    out.push_back(const_cast<char*>(text.c_str()));  // execve takes it so and leaves it alone
  }
  return out;
}

std::vector<char*> merge_environment(const std::vector<std::string>& additions) {
  std::vector<char*> out = pointers_to(additions);
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::string_view name = text.substr(0, text.find('=') + 1);
    bool replaced = false;
    for (const std::string& addition : additions) {
      replaced |= !name.empty() && addition.starts_with(name);
    }
    if (!replaced) {
      out.push_back(*entry);
    }
  }
  out.push_back(nullptr);
  return out;
}

base::Result<std::array<UniqueFd, 2>> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    return base::fail(base::error_from_errno(errno, "make a pipe"));
  }
  return std::array<UniqueFd, 2>{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

base::Result<UniqueFd> open_file(const char* path, int flags) {
  UniqueFd fd(::open(path, flags | O_CLOEXEC, 0644));
  if (!fd) {
    return base::fail(base::error_from_errno(errno, "open a file for a child"));
  }
  return fd;
}

// A file in memory: nobody has to feed a pipe while the child runs.
base::Result<UniqueFd> open_input(std::string_view bytes) {
  if (bytes.empty()) {
    return open_file("/dev/null", O_RDONLY);
  }
  UniqueFd fd(memfd_create("input", MFD_CLOEXEC));
  if (!fd) {
    return base::fail(base::error_from_errno(errno, "make the input of a child"));
  }
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd.value(), bytes.data(), bytes.size());
    if (count < 0 && errno != EINTR) {
      return base::fail(base::error_from_errno(errno, "write the input of a child"));
    }
    bytes.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  }
  if (lseek(fd.value(), 0, SEEK_SET) != 0) {
    return base::fail(base::error_from_errno(errno, "rewind the input of a child"));
  }
  return fd;
}

// Opens the child's end of one output; `ours` receives our end when it is a pipe.
base::Result<UniqueFd> open_output(const ProcessOutput& output, const UniqueFd& out,
                                   UniqueFd& ours) {
  switch (output.kind) {
    case ProcessOutput::Kind::kInherit:
      return UniqueFd();
    case ProcessOutput::Kind::kDiscard:
      return open_file("/dev/null", O_WRONLY);
    case ProcessOutput::Kind::kFile:
      return open_file(output.path.c_str(), O_WRONLY | O_CREAT | O_APPEND);
    case ProcessOutput::Kind::kPipe: {
      WEFT_TRY(auto ends, make_pipe());
      fcntl(ends[0].value(), F_SETFL, O_NONBLOCK);
      ours = std::move(ends[0]);
      return std::move(ends[1]);
    }
    case ProcessOutput::Kind::kMerge:
      return UniqueFd(fcntl(out ? out.value() : STDOUT_FILENO, F_DUPFD_CLOEXEC, 3));
  }
  return UniqueFd();
}

void redirect(const UniqueFd& from, int to) {
  if (from) {
    dup2(from.value(), to);
  }
}

// In the child; only system calls from here on.
[[noreturn]] void run_child(const ChildPlan& plan) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != plan.parent) {
    _exit(127);  // the parent ended before we could ask for its death signal
  }
  for (int number = 1; number < NSIG; ++number) {
    static_cast<void>(signal(number, SIG_DFL));  // fails for those that cannot be caught
  }
  sigset_t none;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, nullptr);
  restore_descriptor_limit();
  redirect(plan.in, STDIN_FILENO);
  redirect(plan.out, STDOUT_FILENO);
  redirect(plan.err, STDERR_FILENO);
  if (plan.directory == nullptr || chdir(plan.directory) == 0) {
    execvpe(plan.argv[0], plan.argv.data(), plan.environment.data());
  }
  const int sys = errno;
  static_cast<void>(!::write(plan.failure.value(), &sys, sizeof sys));
  _exit(127);
}

// Returns: the child's pid, once it runs its program.
base::Result<pid_t> start_child(ChildPlan& plan, const UniqueFd& failure) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);  // no handler of ours runs in the child
  const pid_t pid = fork();
  if (pid == 0) {
    run_child(plan);
  }
  const int fork_errno = errno;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0) {
    return base::fail(base::error_from_errno(fork_errno, "fork"));
  }
  plan.failure.reset();
  int sys = 0;
  ssize_t count = 0;
  do {
    count = ::read(failure.value(), &sys, sizeof sys);
  } while (count < 0 && errno == EINTR);
  if (count == static_cast<ssize_t>(sizeof sys)) {
    waitpid(pid, nullptr, 0);
    return base::fail(base::error_from_errno(sys, "start a program"));
  }
  return pid;
}

}  // namespace

base::Result<Process> Process::spawn(Loop& loop, const ProcessOptions& options) {
  if (options.argv.empty()) {
    return base::fail(base::Code::kInvalid, "a program to start has no name");
  }
  ChildPlan plan;
  plan.argv = pointers_to(options.argv);
  plan.argv.push_back(nullptr);
  plan.environment = merge_environment(options.environment);
  plan.directory = options.directory.empty() ? nullptr : options.directory.c_str();
  plan.parent = getpid();
  std::array<UniqueFd, 2> pipes;
  WEFT_TRY(plan.in, open_input(options.input));
  WEFT_TRY(plan.out, open_output(options.out, UniqueFd(), pipes[0]));
  WEFT_TRY(plan.err, open_output(options.err, plan.out, pipes[1]));
  WEFT_TRY(auto failure, make_pipe());
  plan.failure = std::move(failure[1]);
  WEFT_TRY(const pid_t pid, start_child(plan, failure[0]));
  // By number: the C library of Debian 12 declares pidfd_open without extern "C".
  UniqueFd pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  const int sys = errno;
  Process process(loop, pid, std::move(pidfd), std::move(pipes));
  if (!process.pidfd_) {
    return base::fail(base::error_from_errno(sys, "pidfd_open"));
  }
  return process;
}

Process::Process(Loop& loop, pid_t pid, UniqueFd pidfd, std::array<UniqueFd, 2> pipes)
    : loop_(&loop), pid_(pid), pidfd_(std::move(pidfd)), pipes_(std::move(pipes)) {}

Process::Process(Process&& other) noexcept
    : loop_(other.loop_),
      pid_(std::exchange(other.pid_, -1)),
      pidfd_(std::move(other.pidfd_)),
      pipes_(std::move(other.pipes_)),
      exit_(other.exit_) {}

Process::~Process() {
  if (pid_ > 0 && !exit_) {
    kill(-pid_, SIGKILL);
    try_reap(0);
  }
}

bool Process::try_reap(int flags) {
  if (exit_) {
    return true;
  }
  siginfo_t info{};
  int result = 0;
  do {
    result = waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | flags);
  } while (result != 0 && errno == EINTR);
  if (result != 0 || info.si_pid == 0) {
    return false;
  }
  exit_ =
      info.si_code == CLD_EXITED ? ProcessExit{info.si_status, 0} : ProcessExit{-1, info.si_status};
  return true;
}

Task<base::Result<ProcessExit>> Process::wait(base::MonoTime deadline) {
  ForeignDescriptor watched(*loop_, pidfd_.value());
  for (;;) {
    if (try_reap(WNOHANG) && exit_) {
      co_return *exit_;
    }
    WEFT_CO_TRY_VOID(co_await watched.readable(deadline));
  }
}

base::Result<> Process::send_signal(int number) const {
  // Only while it is not reaped: afterwards the number may belong to somebody else.
  if (exit_) {
    return base::fail(base::Code::kNotFound, "the child has ended");
  }
  if (kill(-pid_, number) != 0) {
    return errno == ESRCH ? base::fail(base::Code::kNotFound, "the child has ended")
                          : base::fail(base::error_from_errno(errno, "send a signal"));
  }
  return {};
}

Task<base::Result<std::size_t>> Process::read(Stream stream, std::span<char> into,
                                              base::MonoTime deadline) {
  const UniqueFd& pipe = pipes_[static_cast<std::size_t>(stream)];
  if (!pipe) {
    co_return base::fail(base::Code::kInvalid, "this stream of the child is not a pipe");
  }
  ForeignDescriptor watched(*loop_, pipe.value());
  for (;;) {
    const ssize_t count = ::read(pipe.value(), into.data(), into.size());
    if (count >= 0) {
      co_return static_cast<std::size_t>(count);
    }
    if (errno != EAGAIN && errno != EINTR) {
      co_return base::fail(base::error_from_errno(errno, "read from a child"));
    }
    WEFT_CO_TRY_VOID(co_await watched.readable(deadline));
  }
}

}  // namespace weft::io
