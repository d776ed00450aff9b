// How long to wait before a retry when no other usable endpoint is left.
#pragma once

#include "base/random.h"
#include "base/time.h"

#include <cstdint>

namespace weft::balance {

// Source: contract/sutazai.md §1.1 (0.1 s doubling, jitter, at most 2 s).
struct BackoffOptions {
  base::Nanos first = base::Millis(100);
  base::Nanos max = base::Seconds(2);
};

// Returns: the wait before retry `retry_index` (0 = the first): uniform between half and the whole
//          of first × 2^retry_index, never above max. chosen: half fixed, half jitter, so that
//          waits spread and yet grow.
// Thread:  any; pure.
base::Nanos backoff(const BackoffOptions& options, std::uint32_t retry_index, base::Random& random);

}  // namespace weft::balance
