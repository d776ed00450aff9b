#include "wire/cookie.h"

#include <algorithm>

namespace weft::wire {
namespace {

std::string_view trim_blanks(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(" \t"), text.size());
  const std::size_t end = text.find_last_not_of(" \t") + 1;  // npos + 1 is 0
  return text.substr(begin, std::max(begin, end) - begin);
}

std::optional<std::string_view> find_in_field(std::string_view pairs, std::string_view name) {
  while (!pairs.empty()) {
    const std::size_t end = std::min(pairs.find(';'), pairs.size());
    const std::string_view pair = trim_blanks(pairs.substr(0, end));
    if (pair.size() > name.size() && pair[name.size()] == '=' && pair.starts_with(name)) {
      return pair.substr(name.size() + 1);
    }
    pairs.remove_prefix(std::min(end + 1, pairs.size()));
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string_view> find_cookie(const HeaderList& headers, std::string_view name) {
  if (!headers.has(HeaderId::kCookie) || name.empty()) {
    return std::nullopt;
  }
  for (const Header& header : headers) {
    if (header.id == HeaderId::kCookie) {
      if (const auto value = find_in_field(header.value, name)) {
        return value;
      }
    }
  }
  return std::nullopt;
}

}  // namespace weft::wire
