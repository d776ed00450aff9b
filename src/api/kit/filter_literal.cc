#include "api/kit/filter_literal.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <limits>
#include <utility>

namespace weft::api::kit {
namespace {

// Takes exactly `count` digits off the front. Octal and hexadecimal, at most eight: no overflow.
std::optional<std::uint32_t> take_digits(std::string_view& rest, std::size_t count, int base) {
  if (rest.size() < count) {
    return std::nullopt;
  }
  std::uint32_t value = 0;
  const char* end = rest.data() + count;
  const auto [stop, error] = std::from_chars(rest.data(), end, value, base);
  if (stop != end || error != std::errc()) {
    return std::nullopt;
  }
  rest.remove_prefix(count);
  return value;
}

bool append_byte(std::string& out, std::optional<std::uint32_t> value) {
  if (!value || *value > 0xff) {
    return false;
  }
  out += static_cast<char>(*value);
  return true;
}

bool append_character(std::string& out, std::optional<std::uint32_t> value) {
  if (!value || *value > 0x10ffff || (*value >= 0xd800 && *value < 0xe000)) {
    return false;
  }
  const std::uint32_t c = *value;
  const auto tail = [&](std::uint32_t shift) {
    out += static_cast<char>(0x80 | ((c >> shift) & 0x3f));
  };
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xc0 | (c >> 6));
    tail(0);
  } else if (c < 0x10000) {
    out += static_cast<char>(0xe0 | (c >> 12));
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xf0 | (c >> 18));
    tail(12);
    tail(6);
    tail(0);
  }
  return true;
}

// What follows a backslash.
bool append_escape(std::string& out, std::string_view& rest) {
  constexpr std::string_view kLetters = R"(abfnrtv\")";
  constexpr std::string_view kMeanings = "\a\b\f\n\r\t\v\\\"";
  if (rest.empty()) {
    return false;
  }
  const char letter = rest.front();
  if (const std::size_t found = kLetters.find(letter); found != std::string_view::npos) {
    rest.remove_prefix(1);
    out += kMeanings[found];
    return true;
  }
  if (letter >= '0' && letter <= '7') {
    return append_byte(out, take_digits(rest, 3, 8));
  }
  rest.remove_prefix(1);
  switch (letter) {
    case 'x':
      return append_byte(out, take_digits(rest, 2, 16));
    case 'u':
      return append_character(out, take_digits(rest, 4, 16));
    case 'U':
      return append_character(out, take_digits(rest, 8, 16));
    default:
      return false;
  }
}

// The base a prefix stands for, which is taken off.
int take_base(std::string_view& digits) {
  if (digits.size() < 2 || digits.front() != '0') {
    return 10;
  }
  constexpr std::array<std::pair<char, int>, 3> kBases{{{'b', 2}, {'o', 8}, {'x', 16}}};
  for (const auto& [letter, base] : kBases) {
    if (digits.size() > 2 && base::ascii_lower(digits[1]) == letter) {
      digits.remove_prefix(2);
      return base;
    }
  }
  digits.remove_prefix(1);
  return 8;
}

}  // namespace

std::optional<std::string> unquote_filter_literal(std::string_view literal) {
  const bool is_raw = literal.front() == '`';
  std::string_view rest = literal.substr(1, literal.size() - 2);
  std::string out;
  out.reserve(rest.size());
  while (!rest.empty()) {
    const char c = rest.front();
    rest.remove_prefix(1);
    if (is_raw) {
      if (c != '\r') {  // strconv.Unquote leaves these out
        out += c;
      }
      continue;
    }
    if (c == '\n' || (c == '\\' && !append_escape(out, rest))) {
      return std::nullopt;
    }
    if (c != '\\') {
      out += c;
    }
  }
  return out;
}

std::optional<std::int64_t> parse_filter_integer(std::string_view text) {
  const bool is_negative = text.starts_with('-');
  if (is_negative || text.starts_with('+')) {
    text.remove_prefix(1);
  }
  if (text.starts_with('_') || text.ends_with('_') || text.find("__") != std::string_view::npos) {
    return std::nullopt;
  }
  const int base = take_base(text);
  std::string digits(text);
  std::erase(digits, '_');
  std::uint64_t value = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, value, base);
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (stop != end || error != std::errc() || value > kMost + (is_negative ? 1 : 0)) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(is_negative ? 0 - value : value);
}

std::optional<bool> parse_filter_flag(std::string_view text) {
  constexpr std::array<std::string_view, 6> kTrue{"1", "t", "T", "true", "True", "TRUE"};
  constexpr std::array<std::string_view, 6> kFalse{"0", "f", "F", "false", "False", "FALSE"};
  if (std::ranges::find(kTrue, text) != kTrue.end()) {
    return true;
  }
  if (std::ranges::find(kFalse, text) != kFalse.end()) {
    return false;
  }
  return std::nullopt;
}

}  // namespace weft::api::kit
