// The driver on io_uring: receives are handed to the kernel with a ring of buffers, everything else
// is tried at once and waits by a poll in the ring; all of it is submitted once per turn.
// Source: dataplane.md "io_uring"; io_uring(7), io_uring_setup(2).
#pragma once

#include "io/driver.h"

#include <memory>

namespace weft::io {

// The ring belongs to the thread of its loop's first turn; it may be made on another one before.
// Errors: kUnsupported when the kernel is too old (before 6.1) or forbids it, kNoSpace.
base::Result<std::unique_ptr<Driver>> make_uring_driver();

}  // namespace weft::io
