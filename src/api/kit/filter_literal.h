// The values of a filter expression, as Go writes them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weft::api::kit {

// What a literal stands for, its quotes included: "..." with escapes or `...` without.
// Source: Go's strconv.Unquote. Returns: nullopt on an unknown escape or a line feed in "...".
std::optional<std::string> unquote_filter_literal(std::string_view literal);

// Source: Go's strconv.ParseInt with base 0: a sign, a prefix 0x, 0o, 0b or 0, `_` between digits.
// Returns: nullopt when it is no integer, or none of 64 bits.
std::optional<std::int64_t> parse_filter_integer(std::string_view text);

// Source: Go's strconv.ParseBool: 1, t, T, true, True, TRUE and the same of false.
std::optional<bool> parse_filter_flag(std::string_view text);

}  // namespace weft::api::kit
