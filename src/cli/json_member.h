// Members of JSON that somebody else wrote, when they are there and what they should be.
#pragma once

#include "base/json.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weft::cli {

// Returns: null when `value` is no object or has no such member. Lifetime: the value's.
inline const json::value* member(const json::value& value, std::string_view name) {
  const auto* object = value.if_object();
  return object == nullptr ? nullptr : object->if_contains(name);
}

// "" when it is not there or no text.
inline std::string text_member(const json::value& value, std::string_view name) {
  const json::value* found = member(value, name);
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : "";
}

// Nullopt when it is no whole number from 0 on.
inline std::optional<std::uint64_t> whole_number_of(const json::value& value) {
  if (value.is_uint64()) {
    return value.get_uint64();
  }
  return value.is_int64() && value.get_int64() >= 0
             ? std::optional(static_cast<std::uint64_t>(value.get_int64()))
             : std::nullopt;
}

// Nullopt also when it is not there.
inline std::optional<std::uint64_t> number_member(const json::value& value, std::string_view name) {
  const json::value* found = member(value, name);
  return found == nullptr ? std::nullopt : whole_number_of(*found);
}

// The members that are texts; empty when it is no list.
inline std::vector<std::string> texts_member(const json::value& value, std::string_view name) {
  const json::value* found = member(value, name);
  std::vector<std::string> out;
  if (found != nullptr && found->is_array()) {
    for (const json::value& one : found->get_array()) {
      if (one.is_string()) {
        out.emplace_back(one.get_string());
      }
    }
  }
  return out;
}

}  // namespace weft::cli
