// What somebody who mistyped a word probably meant.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace weft::cli {

// The number of single-character edits between two words, a swap of neighbours being one.
// Source: optimal string alignment distance (Damerau 1964).
// Thread: any; pure.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The candidate with the fewest edits, if they are at most a third of the word (at least one); a
// candidate that the word is the beginning of wins over all. Nullopt when nothing is near.
std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates);

}  // namespace weft::cli
