#include "balance/backoff.h"

#include <algorithm>

namespace weft::balance {

base::Nanos backoff(const BackoffOptions& options, std::uint32_t retry_index,
                    base::Random& random) {
  base::Nanos whole = std::min(options.first, options.max);
  for (std::uint32_t i = 0; i < retry_index && whole < options.max; ++i) {
    whole = whole > options.max / 2 ? options.max : whole * 2;
  }
  const base::Nanos half = whole / 2;
  const auto jitter = static_cast<std::uint64_t>((whole - half).count());
  return half + base::Nanos(static_cast<std::int64_t>(random.below(jitter + 1)));
}

}  // namespace weft::balance
