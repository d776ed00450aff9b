// What every fuzz target needs. A target is one function on bytes; with the preset `fuzz` libFuzzer
// calls it, elsewhere replay/main.cc calls all of them with their seeds.
#pragma once

#include "base/check.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace weft::fuzz {

inline std::string_view as_text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// Takes the first byte off as a number below `bound`, to choose a cut or a limit by; 0 when empty.
inline std::size_t take_choice(std::string_view& text, std::size_t bound) {
  if (text.empty()) {
    return 0;
  }
  const auto byte = static_cast<unsigned char>(text.front());
  text.remove_prefix(1);
  return byte % bound;
}

// A view into `outer`, or into nothing.
inline bool is_within(std::string_view inner, std::string_view outer) {
  return inner.empty() || (inner.data() >= outer.data() &&
                           inner.data() + inner.size() <= outer.data() + outer.size());
}

}  // namespace weft::fuzz
