// Bytes that a player sends in one go, some time after those before them.
#pragma once

#include "base/time.h"

#include <string>

namespace weft::scenario {

struct Piece {
  base::Nanos pause{0};
  std::string bytes;
};

}  // namespace weft::scenario
