// How much of the log of changes a store keeps. Objects are kept whatever this says.
#pragma once

#include "base/time.h"

#include <cstdint>

namespace weft::state {

// Thread: any (a value).
struct Retention {
  std::uint64_t changes_max = 200'000;  // indexes back from the newest
  // Of a change that is kept, counted back from the newest one; 0: any. The store has no clock of
  // its own: the log shrinks as further changes come.
  base::Nanos age_max{0};
};

}  // namespace weft::state
