// Waiting on a blocking thread: for a descriptor that a library owns, with a deadline, and cut
// short by another thread. Loops wait through their driver (socket.h); this is for what blocks.
#pragma once

#include "base/result.h"
#include "base/time.h"
#include "io/unique_fd.h"

#include <cstdint>

namespace weft::io {

// A flag that stays up from raise() to lower(), and that a blocking thread can wait for.
// Thread: any (synchronised). Source: eventfd(2).
class WakeFlag final {
 public:
  // Errors: kNoSpace (no descriptor left), kIo.
  static base::Result<WakeFlag> make();

  void raise() const;
  void lower() const;
  // Blocks until it is raised, or `deadline`. Returns: whether it is raised.
  bool wait(base::MonoTime deadline) const;

 private:
  friend base::Result<void> wait_for_descriptor(int, std::uint8_t, base::MonoTime, const WakeFlag*);
  explicit WakeFlag(UniqueFd descriptor) : descriptor_(std::move(descriptor)) {}

  UniqueFd descriptor_;
};

// What to wait for; one or both.
inline constexpr std::uint8_t kReadable = 1;
inline constexpr std::uint8_t kWritable = 2;

// Blocks until `descriptor` is ready for one of `wanted`, or has failed, which the next call on it
// tells. A negative one never is.
// Errors: kTimeout; kCancelled (`cut_short`, when given, is raised: that comes first); kIo.
base::Result<void> wait_for_descriptor(int descriptor, std::uint8_t wanted, base::MonoTime deadline,
                                       const WakeFlag* cut_short = nullptr);

// The time in `patience` from now. For blocking threads: who has a loop asks it.
base::MonoTime deadline_after(base::Nanos patience);

}  // namespace weft::io
