#include "base/text.h"

#include <array>
#include <bit>
#include <charconv>
#include <cstring>
#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace weft::base {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kBase64Digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<std::int8_t, 256> make_hex_values() {
  std::array<std::int8_t, 256> values{};
  for (auto& value : values) {
    value = -1;
  }
  for (std::size_t i = 0; i < kHexDigits.size(); ++i) {
    const char digit = kHexDigits[i];
    values[static_cast<unsigned char>(digit)] = static_cast<std::int8_t>(i);
    if (digit >= 'a') {
      values[static_cast<unsigned char>(digit - 'a' + 'A')] = static_cast<std::int8_t>(i);
    }
  }
  return values;
}
constexpr auto kHexValues = make_hex_values();

int hex_value(char c) { return kHexValues[static_cast<unsigned char>(c)]; }

template <class T>
std::optional<T> parse_number(std::string_view text) {
  T value{};
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || at != end || text.empty()) {
    return std::nullopt;
  }
  return value;
}

constexpr std::array<std::int8_t, 256> make_base64_values() {
  std::array<std::int8_t, 256> values{};
  for (auto& value : values) {
    value = -1;
  }
  for (std::size_t i = 0; i < kBase64Digits.size(); ++i) {
    values[static_cast<unsigned char>(kBase64Digits[i])] = static_cast<std::int8_t>(i);
  }
  return values;
}
constexpr auto kBase64Values = make_base64_values();

}  // namespace

std::string to_lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    c = ascii_lower(c);
  }
  return out;
}

bool iequals(std::string_view a, std::string_view b) {
  return a.size() == b.size() && istarts_with(a, b);
}

bool istarts_with(std::string_view text, std::string_view prefix) {
  if (text.size() < prefix.size()) {
    return false;
  }
  for (std::size_t i = 0; i < prefix.size(); ++i) {
    if (ascii_lower(text[i]) != ascii_lower(prefix[i])) {
      return false;
    }
  }
  return true;
}

std::string concat(std::initializer_list<std::string_view> pieces) {
  std::size_t bytes = 0;
  for (const std::string_view piece : pieces) {
    bytes += piece.size();
  }
  std::string out;
  out.reserve(bytes);
  for (const std::string_view piece : pieces) {
    out += piece;
  }
  return out;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) {
    text.remove_prefix(1);
  }
  while (!text.empty() && is_blank(text.back())) {
    text.remove_suffix(1);
  }
  return text;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> pieces;
  if (text.empty()) {
    return pieces;
  }
  for (;;) {
    const std::size_t at = text.find(separator);
    pieces.push_back(trim(text.substr(0, at)));
    if (at == std::string_view::npos) {
      return pieces;
    }
    text.remove_prefix(at + 1);
  }
}

std::optional<std::uint64_t> parse_u64(std::string_view text) {
  return parse_number<std::uint64_t>(text);
}
std::optional<std::int64_t> parse_i64(std::string_view text) {
  return parse_number<std::int64_t>(text);
}
std::optional<double> parse_double(std::string_view text) { return parse_number<double>(text); }

#if defined(__SSE2__)
// A nibble to each byte, the higher one of a byte first; then 'a' - '9' - 1 more for those above 9.
void write_hex(std::uint64_t value, char* out) {
  const __m128i bytes = _mm_cvtsi64_si128(static_cast<std::int64_t>(__builtin_bswap64(value)));
  const __m128i low_bits = _mm_set1_epi8(0x0f);
  const __m128i high = _mm_and_si128(_mm_srli_epi64(bytes, 4), low_bits);
  const __m128i nibbles = _mm_unpacklo_epi8(high, _mm_and_si128(bytes, low_bits));
  const __m128i is_letter = _mm_cmpgt_epi8(nibbles, _mm_set1_epi8(9));
  const __m128i to_letter = _mm_and_si128(is_letter, _mm_set1_epi8('a' - '9' - 1));
  const __m128i digits = _mm_add_epi8(_mm_add_epi8(nibbles, _mm_set1_epi8('0')), to_letter);
  std::memcpy(out, &digits, sizeof digits);
}
#else
// Eight digits at a time: a nibble to each byte, then 'a' - '9' - 1 more for those above 9.
void write_hex(std::uint64_t value, char* out) {
  static_assert(std::endian::native == std::endian::little);
  for (const std::uint64_t half : {value >> 32, value & 0xffff'ffff}) {
    std::uint64_t nibbles = (half | half << 16) & 0x0000'ffff'0000'ffff;
    nibbles = (nibbles | nibbles << 8) & 0x00ff'00ff'00ff'00ff;
    nibbles = (nibbles | nibbles << 4) & 0x0f0f'0f0f'0f0f'0f0f;
    const std::uint64_t is_letter = (nibbles + 0x0606'0606'0606'0606) >> 4 & 0x0101'0101'0101'0101;
    constexpr std::uint64_t kZeros = 0x3030'3030'3030'3030;
    const std::uint64_t digits =
        __builtin_bswap64(nibbles + kZeros + is_letter * std::uint64_t{'a' - '9' - 1});
    std::memcpy(out, &digits, sizeof digits);
    out += sizeof digits;
  }
}
#endif

std::string to_hex(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += kHexDigits[byte >> 4];
    out += kHexDigits[byte & 15];
  }
  return out;
}

std::optional<std::string> from_hex(std::string_view text) {
  std::string out(text.size() / 2, '\0');
  if (!decode_hex(text, {reinterpret_cast<std::uint8_t*>(out.data()), out.size()})) {
    return std::nullopt;
  }
  return out;
}

bool decode_hex(std::string_view text, std::span<std::uint8_t> out) {
  if (text.size() != 2 * out.size()) {
    return false;
  }
  int wrong = 0;  // negative as soon as one digit is none
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::int8_t high = kHexValues[static_cast<unsigned char>(text[2 * i])];
    const std::int8_t low = kHexValues[static_cast<unsigned char>(text[2 * i + 1])];
    wrong |= high | low;
    out[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return wrong >= 0;
}

std::string to_base64(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    for (std::size_t k = 0; k < 3; ++k) {
      group = group << 8 | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      out += k <= count ? kBase64Digits[group >> (18 - 6 * k) & 63] : '=';
    }
  }
  return out;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) {
    return std::nullopt;
  }
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += 4) {
    const bool last = i + 4 == text.size();
    const std::size_t padding = !last ? 0 : text[i + 2] == '=' ? 2 : text[i + 3] == '=' ? 1 : 0;
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      const int value =
          k >= 4 - padding ? 0 : kBase64Values[static_cast<unsigned char>(text[i + k])];
      if (value < 0) {
        return std::nullopt;
      }
      group = group << 6 | static_cast<std::uint32_t>(value);
    }
    if (padding == 2 && text[i + 3] != '=') {
      return std::nullopt;
    }
    for (std::size_t k = 0; k < 3 - padding; ++k) {
      out += static_cast<char>(group >> (16 - 8 * k) & 255);
    }
  }
  return out;
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size() || hex_value(text[i + 1]) < 0 || hex_value(text[i + 2]) < 0) {
      return std::nullopt;
    }
    out += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
    i += 2;
  }
  return out;
}

std::string percent_encode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += "0123456789ABCDEF"[byte >> 4];
      out += "0123456789ABCDEF"[byte & 15];
    }
  }
  return out;
}

std::size_t utf8_character_bytes(std::string_view bytes) {
  if (bytes.empty()) {
    return 0;
  }
  const auto lead = static_cast<unsigned char>(bytes[0]);
  if (lead < 0x80) {
    return 1;
  }
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || length > bytes.size()) {
    return 0;
  }
  std::uint32_t point = lead & (0xffU >> (length + 1));
  for (std::size_t k = 1; k < length; ++k) {
    const auto next = static_cast<unsigned char>(bytes[k]);
    if ((next & 0xc0) != 0x80) {
      return 0;
    }
    point = point << 6 | (next & 0x3fU);
  }
  const bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
  return overlong || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff) ? 0 : length;
}

bool is_utf8(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t length = utf8_character_bytes(bytes);
    if (length == 0) {
      return false;
    }
    bytes.remove_prefix(length);
  }
  return true;
}

}  // namespace weft::base
