// Value -> JSON by its description; members come in the order of BOOST_DESCRIBE_STRUCT, always.
#pragma once

#include "base/described.h"
#include "base/described_enum.h"
#include "base/described_text.h"
#include "base/json.h"

#include <string>
#include <string_view>
#include <utility>

namespace weft::base {

template <class T>
json::value encode(const T& value);

namespace described {

template <class T>
json::object encode_members(const T& value) {
  json::object object;
  boost::mp11::mp_for_each<Members<T>>([&](auto member) {
    static constexpr Field kFacts = facts_of<T>(member.name);
    const auto& field_value = value.*member.pointer;
    if constexpr (kIsOptional<std::remove_cvref_t<decltype(field_value)>>) {
      if (kFacts.is_left_out_when_null && !field_value.has_value()) {
        return;
      }
    }
    object.emplace(member.name, encode(field_value));
  });
  return object;
}

template <class List>
json::array encode_list(const List& list) {
  json::array array;
  array.reserve(list.size());
  for (const auto& item : list) {
    array.push_back(encode(item));
  }
  return array;
}

template <class Map>
json::object encode_map(const Map& map) {
  json::object object;
  object.reserve(map.size());
  for (const auto& [key, item] : map) {
    object.emplace(key, encode(item));
  }
  return object;
}

}  // namespace described

// Thread: any; pure.
template <class T>
json::value encode(const T& value) {
  if constexpr (described::kIsOptional<T>) {
    return value.has_value() ? encode(*value) : json::value(nullptr);
  } else if constexpr (described::kIsList<T>) {
    return described::encode_list(value);
  } else if constexpr (described::kIsMap<T>) {
    return described::encode_map(value);
  } else if constexpr (described::kIsDuration<T>) {
    return json::value(format_duration(std::chrono::duration_cast<Nanos>(value)));
  } else if constexpr (HasTextForm<T>) {
    return json::value(TextForm<T>::text(value));
  } else if constexpr (DescribedEnum<T>) {
    return json::value(enum_name(value));
  } else if constexpr (Described<T>) {
    return described::encode_members(value);
  } else {
    return json::value(value);  // bool, numbers, text and JSON itself
  }
}

// Returns: the compact JSON text of a described value.
template <class T>
std::string encode_text(const T& value) {
  return write_json(encode(value));
}

}  // namespace weft::base
