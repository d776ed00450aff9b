// The kernel's clocks; read by drivers only, everything else asks its loop.
#pragma once

#include "base/time.h"

#include <cstdint>

namespace weft::io {

base::MonoTime real_now();
base::WallTime real_wall_now();
// A seed from the kernel's entropy.
std::uint64_t entropy_seed();

// Milliseconds a wait may last, rounded up so that it does not end before `deadline`; -1 for
// kNever.
int wait_millis(base::MonoTime now, base::MonoTime deadline);

}  // namespace weft::io
