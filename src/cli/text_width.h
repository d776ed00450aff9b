// How many columns a text takes on a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace weft::cli {

// Code points of UTF-8 text; wide and combining characters count as one (chosen: names and
// addresses have none, and a misaligned emoji hurts nobody).
// Thread: any; pure.
std::size_t text_width(std::string_view text);

// The text in at most `columns` columns; what does not fit gives way to one "…".
std::string shorten(std::string_view text, std::size_t columns);

}  // namespace weft::cli
