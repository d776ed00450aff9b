// Hashing that is the same on every machine and in every run, for entity tags, shards and
// balancing. Not for secrets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weft::base {

// Source: XXH3, 64 bit. Thread: any; pure.
std::uint64_t hash64(std::string_view bytes, std::uint64_t seed = 0);

// For unordered containers with std::string keys, looked up by std::string_view without a copy:
// std::unordered_map<std::string, T, TextHash, std::equal_to<>>.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return hash64(text); }
};

}  // namespace weft::base
