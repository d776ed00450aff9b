#include "io/byte_ring.h"

#include <algorithm>
#include <bit>

namespace weft::io {

namespace {
constexpr std::size_t kCapacityMin = 64;
}  // namespace

// The memory is not touched here: a ring that is never used costs no pages.
ByteRing::ByteRing(std::size_t capacity)
    : mask_(std::bit_ceil(std::max(capacity, kCapacityMin)) - 1),
      memory_(std::make_unique_for_overwrite<char[]>(mask_ + 1)) {}

}  // namespace weft::io
