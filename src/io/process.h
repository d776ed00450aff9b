// Child processes: spawn, wait for the end as a task, signal, read what they print.
// Start at Process::spawn.
#pragma once

#include "base/result.h"
#include "base/time.h"
#include "io/loop.h"
#include "io/task.h"
#include "io/unique_fd.h"

#include <array>
#include <optional>
#include <span>
#include <string>
#include <sys/types.h>
#include <vector>

namespace weft::io {

// Where a stream of the child goes.
struct ProcessOutput {
  enum class Kind : std::uint8_t {
    kInherit,  // where ours goes
    kDiscard,  // /dev/null
    kFile,     // appended to `path`, made with mode 0644 when missing
    kPipe,     // to Process::read()
    kMerge,    // for `err` only: where `out` goes
  };
  Kind kind = Kind::kInherit;
  std::string path;
};

struct ProcessOptions {
  std::vector<std::string> argv;         // argv[0] without a slash is looked for in PATH
  std::vector<std::string> environment;  // "NAME=value", added to ours or in place of it
  std::string directory;                 // empty: ours
  std::string input;                     // all it reads from its standard input
  ProcessOutput out;
  ProcessOutput err;
};

// How a child ended: by itself with `code`, or by `signal` (then `code` is -1).
struct ProcessExit {
  int code = 0;
  int signal = 0;
  bool is_success() const { return code == 0; }
};

// One child in a process group of its own, reading its input alone, with every signal unblocked. It
// is killed when the thread that spawned it ends (PR_SET_PDEATHSIG), so that nothing is left
// behind even when this process is killed; spawn from a thread that lives long.
// Thread: its loop. Lifetime: not moved while a task waits in wait() or read().
// Source: prctl(2), pidfd_open(2), memfd_create(2).
class Process final {
 public:
  enum class Stream : std::uint8_t { kOut, kErr };

  // Blocks until the child has begun its program, about a millisecond.
  // Errors: kNotFound (no such program or directory), kForbidden, kNoSpace, kInvalid, kIo.
  static base::Result<Process> spawn(Loop& loop, const ProcessOptions& options);

  Process(Process&& other) noexcept;
  Process& operator=(Process&&) = delete;
  // Kills the whole group if the child still runs and reaps it.
  ~Process();

  pid_t pid() const { return pid_; }

  // Waits until the child has ended; returns the same answer when asked again. One caller at a
  // time. Errors: kTimeout, kCancelled, kIo.
  Task<base::Result<ProcessExit>> wait(base::MonoTime deadline);

  // Sends `number` to the child and its own children (the group).
  // Errors: kNotFound when it has ended, kInvalid, kForbidden.
  base::Result<> send_signal(int number) const;

  // Reads what the child wrote to a stream that is a pipe. One caller a stream at a time.
  // Returns: bytes, 0 at the end. Errors: kTimeout, kCancelled, kIo.
  Task<base::Result<std::size_t>> read(Stream stream, std::span<char> into,
                                       base::MonoTime deadline);

 private:
  Process(Loop& loop, pid_t pid, UniqueFd pidfd, std::array<UniqueFd, 2> pipes);
  bool try_reap(int flags);

  Loop* loop_;
  pid_t pid_;
  UniqueFd pidfd_;
  std::array<UniqueFd, 2> pipes_;  // our ends, by Stream
  std::optional<ProcessExit> exit_;
};

}  // namespace weft::io
