// SHA-256, and comparing without telling by the time it takes where two texts differ.
// Source: FIPS 180-4.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace weft::wire {

using Sha256 = std::array<std::uint8_t, 32>;

// Thread: any; pure.
Sha256 sha256(std::string_view bytes);

// The digest that 64 hexadecimal digits say.
std::optional<Sha256> sha256_from_hex(std::string_view text);

// Takes as long whatever they are.
bool is_same(const Sha256& one, const Sha256& other);

}  // namespace weft::wire
