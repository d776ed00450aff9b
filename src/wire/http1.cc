#include "wire/http1.h"

#include "base/text.h"

#include <algorithm>

namespace weft::wire {
namespace {

constexpr std::array<std::string_view, 10> kMethodNames{
    "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", ""};

constexpr std::array<bool, 256> make_token_table() {
  std::array<bool, 256> table{};
  constexpr std::string_view kTokenChars =
      "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  for (const char c : kTokenChars) {
    table[static_cast<unsigned char>(c)] = true;
  }
  return table;
}
constexpr auto kToken = make_token_table();

}  // namespace

bool is_safe(Method method) {
  return method == Method::kGet || method == Method::kHead || method == Method::kOptions ||
         method == Method::kTrace;
}

bool is_idempotent(Method method) {
  return is_safe(method) || method == Method::kPut || method == Method::kDelete;
}

std::string_view method_name(Method method) {
  return kMethodNames[static_cast<std::size_t>(method)];
}

Method parse_method(std::string_view text) {
  if (text == "GET") {  // most requests end here
    return Method::kGet;
  }
  for (std::size_t i = 1; i < kMethodNames.size(); ++i) {
    if (text == kMethodNames[i]) {
      return static_cast<Method>(i);
    }
  }
  return Method::kOther;
}

const Header* HeaderList::find(std::string_view name) const {
  if (const HeaderId id = header_id(name); id != HeaderId::kOther) {
    return find(id);
  }
  const Header* found = std::find_if(begin(), end(), [name](const Header& header) {
    return header.id == HeaderId::kOther && base::iequals(header.name, name);
  });
  return found == end() ? nullptr : found;
}

bool header_has_token(std::string_view value, std::string_view token) {
  while (!value.empty()) {
    const std::size_t comma = value.find(',');
    if (base::iequals(base::trim(value.substr(0, comma)), token)) {
      return true;
    }
    value = comma == std::string_view::npos ? std::string_view() : value.substr(comma + 1);
  }
  return false;
}

bool is_token(std::string_view text) {
  bool all = !text.empty();
  for (const char c : text) {
    all = all && kToken[static_cast<unsigned char>(c)];
  }
  return all;
}

bool is_field_value(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7f;
  });
}

}  // namespace weft::wire
