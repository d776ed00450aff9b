#include "cli/text_width.h"

#include <algorithm>

namespace weft::cli {
namespace {

bool begins_code_point(char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }

}  // namespace

std::size_t text_width(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, begins_code_point));
}

std::string shorten(std::string_view text, std::size_t columns) {
  if (text_width(text) <= columns) {
    return std::string(text);
  }
  if (columns == 0) {
    return "";
  }
  std::size_t end = 0;
  for (std::size_t kept = 0; end < text.size(); ++end) {
    if (begins_code_point(text[end]) && ++kept == columns) {
      break;
    }
  }
  return std::string(text.substr(0, end)) + "…";
}

}  // namespace weft::cli
