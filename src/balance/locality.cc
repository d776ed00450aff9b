#include "balance/locality.h"

#include <algorithm>

namespace weft::balance {

double local_share(const LocalityOptions& options, std::size_t usable, std::size_t total) {
  if (usable == 0) {
    return 0;
  }
  const double ratio = static_cast<double>(usable) / static_cast<double>(total);
  return options.healthy_ratio_min > 0 ? std::min(ratio / options.healthy_ratio_min, 1.0) : 1.0;
}

}  // namespace weft::balance
