// AccessLog: one line per request of the gateway, in a file. Loops write into rings of their own;
// a thread that does nothing else makes lines of them and writes them.
// Start at open(); what a line holds is in access_entry.h.
#pragma once

#include "base/limits.h"
#include "base/log.h"
#include "base/meters.h"
#include "base/result.h"
#include "io/append_file.h"
#include "io/loop.h"
#include "io/task.h"
#include "io/thread.h"
#include "proxy/access_ring.h"
#include "proxy/access_writer.h"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace weft::proxy {

struct AccessLogOptions {
  std::string path;  // "-": the standard output
  std::size_t ring_bytes = base::facts_of(base::Limit::kAccessLogRingBytes).fallback;  // per loop
};

// Thread: the control loop, except where said.
// Lifetime: outlives the data plane that writes into it; stop() is awaited before destruction.
class AccessLog final {
 public:
  struct Parts {
    io::Loop& control;
    base::Log& log;
    base::MeterRegistry& meters;
  };

  // Opens the file; nothing runs yet.
  // Errors: kNotFound, kForbidden, kNoSpace, kIo.
  static base::Result<std::unique_ptr<AccessLog>> open(const Parts& parts,
                                                       const AccessLogOptions& options);

  AccessLog(const AccessLog&) = delete;
  AccessLog& operator=(const AccessLog&) = delete;
  ~AccessLog();

  // The ring of one more loop, before start(). Lifetime: the log's.
  AccessRing& add_ring();
  // Starts the thread. Signals that the process waits for must be blocked by now.
  void start();
  // Writes what came so far, then opens the path again: somebody moved the file away.
  void reopen();
  // Writes everything that the loops, which have ended, left behind; ends the thread.
  io::Task<void> stop();

 private:
  AccessLog(const Parts& parts, const AccessLogOptions& options, io::AppendFile file,
            std::unique_ptr<io::Driver> driver);

  // On the log's thread.
  static io::Task<void> write_now_and_then(AccessLog* self);
  static io::Task<bool> finish(AccessLog* self);
  void write_all();
  void move_on();

  Parts parts_;
  const AccessLogOptions options_;
  io::AppendFile file_;
  AccessWriter writer_;
  std::vector<std::unique_ptr<AccessRing>> rings_;
  io::LoopThread thread_;
  io::TaskScope tasks_;     // of the log's loop
  io::TaskScope requests_;  // of the log's loop: what the control loop asked for
};

}  // namespace weft::proxy
