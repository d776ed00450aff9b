// ASCII text: case, numbers, splitting, hex and base64. Locale never matters here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weft::base {

constexpr char ascii_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Space or tab (RFC 9110 OWS).
constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::string to_lower(std::string_view text);
bool iequals(std::string_view a, std::string_view b);
bool istarts_with(std::string_view text, std::string_view prefix);

// The pieces one after the other, in one allocation; instead of fmt::format where a text is made
// often.
std::string concat(std::initializer_list<std::string_view> pieces);

// Strips blanks at both ends.
std::string_view trim(std::string_view text);

// Pieces between separators, trimmed; empty pieces are kept unless `text` is empty.
std::vector<std::string_view> split(std::string_view text, char separator);

// Whole text or nothing: digits only, no sign, no overflow.
std::optional<std::uint64_t> parse_u64(std::string_view text);
std::optional<std::int64_t> parse_i64(std::string_view text);
std::optional<double> parse_double(std::string_view text);

std::string to_hex(std::string_view bytes);
// The 16 lower-case digits of a number, the highest first, to `out`.
void write_hex(std::uint64_t value, char* out);
std::optional<std::string> from_hex(std::string_view text);
// The same in place. Returns: false, and `out` is rubbish, unless `text` is exactly 2 × out.size()
// digits.
bool decode_hex(std::string_view text, std::span<std::uint8_t> out);

// Source: RFC 4648 §4, padded.
std::string to_base64(std::string_view bytes);
std::optional<std::string> from_base64(std::string_view text);

// Source: RFC 3986 §2.1. nullopt on a broken escape.
std::optional<std::string> percent_decode(std::string_view text);
// Escapes everything but RFC 3986 unreserved characters.
std::string percent_encode(std::string_view text);

// True when the bytes are well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms).
bool is_utf8(std::string_view bytes);
// Returns: the length of the well-formed UTF-8 character that `bytes` begins with; 0: none.
std::size_t utf8_character_bytes(std::string_view bytes);

}  // namespace weft::base
