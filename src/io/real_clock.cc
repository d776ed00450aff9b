#include "io/real_clock.h"

#include <algorithm>
#include <sys/random.h>
#include <time.h>

namespace weft::io {
namespace {

base::Nanos read_clock(clockid_t id) {
  timespec value{};
  static_cast<void>(clock_gettime(id, &value));  // fails for unknown clocks only
  return base::Seconds(value.tv_sec) + base::Nanos(value.tv_nsec);
}

}  // namespace

base::MonoTime real_now() { return base::MonoTime(read_clock(CLOCK_MONOTONIC)); }
base::WallTime real_wall_now() { return base::WallTime(read_clock(CLOCK_REALTIME)); }

std::uint64_t entropy_seed() {
  std::uint64_t seed = 0;
  if (getrandom(&seed, sizeof seed, 0) != static_cast<ssize_t>(sizeof seed)) {
    seed = static_cast<std::uint64_t>(read_clock(CLOCK_MONOTONIC).count());
  }
  return seed;
}

int wait_millis(base::MonoTime now, base::MonoTime deadline) {
  if (deadline == base::kNever) {
    return -1;
  }
  const auto millis = std::chrono::ceil<base::Millis>(deadline - now).count();
  constexpr std::int64_t kDayMillis = 86'400'000;
  return static_cast<int>(std::clamp<std::int64_t>(millis, 0, kDayMillis));
}

}  // namespace weft::io
