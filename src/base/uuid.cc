#include "base/uuid.h"

#include "base/text.h"

#include <fmt/format.h>

#include <cstdint>

namespace weft::base {

std::string make_uuid(Random& random) {
  constexpr std::uint64_t kVersion = 0x4000;
  constexpr std::uint64_t kVariant = std::uint64_t{2} << 62;
  const std::uint64_t high = (random.next() & ~std::uint64_t{0xf000}) | kVersion;
  const std::uint64_t low = (random.next() & ~(std::uint64_t{3} << 62)) | kVariant;
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32, (high >> 16) & 0xffff,
                     high & 0xffff, low >> 48, low & 0xffff'ffff'ffff);
}

bool is_uuid(std::string_view text) {
  constexpr std::size_t kLength = 36;
  if (text.size() != kLength) {
    return false;
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_dash_due = i == 8 || i == 13 || i == 18 || i == 23;
    const char c = ascii_lower(text[i]);
    if (is_dash_due ? c != '-' : !(is_digit(c) || (c >= 'a' && c <= 'f'))) {
      return false;
    }
  }
  return true;
}

}  // namespace weft::base
