// The io_uring instance behind UringDriver: prepares submissions, waits, collects completions.
// Knows nothing of operations; `about` is the caller's word for what a completion belongs to.
#pragma once

#include "base/result.h"
#include "base/time.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <pthread.h>
#include <vector>

// NOLINTBEGIN(readability-identifier-naming): liburing's names.
struct io_uring;
struct io_uring_sqe;
// NOLINTEND(readability-identifier-naming)

namespace weft::io {

struct UringCompletion {
  std::uint64_t about = 0;
  std::int32_t result = 0;
  bool has_more = false;     // the submission goes on and completes again
  bool is_nonempty = false;  // a receive left bytes in the socket
  std::int32_t slot = -1;    // of UringBuffers, when one was used
};

// Belongs to the thread that enables it: the first turn's. Before that, submissions may be prepared
// on the thread that made it. Thread: its loop.
class UringRing final {
 public:
  static constexpr std::uint64_t kNobody = 0;  // completions about it are dropped

  // Errors: kUnsupported when the kernel is too old (before 6.1) or forbids it, kNoSpace.
  static base::Result<std::unique_ptr<UringRing>> make();
  explicit UringRing(std::unique_ptr<io_uring> ring);  // for make()
  UringRing(const UringRing&) = delete;
  UringRing& operator=(const UringRing&) = delete;
  ~UringRing();

  bool is_enabled() const { return is_enabled_; }
  void enable();
  io_uring& kernel_ring() { return *ring_; }

  // Each is handed to the kernel by the next turn() or flush().
  void poll(int fd, short events, std::uint64_t about);
  // `is_empty`: nothing is known to be there, so the kernel does not try before it waits.
  void recv(int fd, char* into, std::size_t bytes, bool is_empty, std::uint64_t about);
  void recv_pooled(int fd, bool is_empty, std::uint64_t about);  // into a slot
  void recv_many(int fd, std::uint64_t about);                   // into slots, until cancelled
  void cancel(std::uint64_t about);
  // Makes nothing of a submission the kernel has not seen. Returns: false when it has.
  bool take_back(std::uint64_t about);

  // Hands over, waits until `deadline` unless something is collected already, and collects.
  void turn(base::MonoTime deadline);
  // Hands over, runs what the kernel has pending for this thread, and collects; does not wait.
  void flush();

  // The next collected completion, or none.
  std::optional<UringCompletion> next();
  // The next collected one about `about`, out of turn.
  std::optional<UringCompletion> next_about(std::uint64_t about);

 private:
  io_uring_sqe& prepare();
  void collect();

  std::unique_ptr<io_uring> ring_;
  bool is_enabled_ = false;
  pthread_t owner_{};
  std::vector<std::unique_ptr<io_uring_sqe>> early_;  // before enable(), beyond the ring's room
  std::vector<UringCompletion> collected_;
  std::size_t taken_ = 0;  // of collected_
};

}  // namespace weft::io
