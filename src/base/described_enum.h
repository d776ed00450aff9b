// Enumerations under BOOST_DESCRIBE_ENUM on the wire: kRoundRobin is "round_robin". A type that
// wants another separator says so beside itself, found by its namespace:
//   constexpr char word_separator(BreakerState) { return '-'; }   // "half-open"
#pragma once

#include "base/described.h"
#include "base/text.h"

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace weft::base {
namespace described {

// A name made in a constant expression, long enough for any enumerator of ours.
struct WireName {
  std::array<char, 48> chars{};
  std::size_t size = 0;

  constexpr std::string_view view() const { return {chars.data(), size}; }
  constexpr void add(char c) { chars.at(size++) = c; }
};

constexpr WireName wire_name(std::string_view enumerator, char separator) {
  if (enumerator.size() > 1 && enumerator[0] == 'k') {
    enumerator.remove_prefix(1);
  }
  WireName name;
  for (std::size_t i = 0; i < enumerator.size(); ++i) {
    if (i > 0 && enumerator[i] >= 'A' && enumerator[i] <= 'Z') {
      name.add(separator);
    }
    name.add(ascii_lower(enumerator[i]));
  }
  return name;
}

template <DescribedEnum E>
constexpr char separator_of() {
  if constexpr (requires(E value) { word_separator(value); }) {
    return word_separator(E{});
  } else {
    return '_';
  }
}

template <DescribedEnum E>
struct EnumName {
  E value;
  WireName name;
};

template <DescribedEnum E>
constexpr auto make_enum_names() {
  using List = boost::describe::describe_enumerators<E>;
  std::array<EnumName<E>, boost::mp11::mp_size<List>::value> names{};
  std::size_t at = 0;
  boost::mp11::mp_for_each<List>([&](auto enumerator) {
    names[at++] = {enumerator.value, wire_name(enumerator.name, separator_of<E>())};
  });
  return names;
}

}  // namespace described

// Every enumerator with its name, in the order of the enumeration.
template <DescribedEnum E>
inline constexpr auto kEnumNames = described::make_enum_names<E>();

// Returns: static text; "" for a value that is no enumerator.
template <DescribedEnum E>
constexpr std::string_view enum_name(E value) {
  for (const auto& entry : kEnumNames<E>) {
    if (entry.value == value) {
      return entry.name.view();
    }
  }
  return {};
}

template <DescribedEnum E>
constexpr std::optional<E> parse_enum(std::string_view name) {
  for (const auto& entry : kEnumNames<E>) {
    if (entry.name.view() == name) {
      return entry.value;
    }
  }
  return std::nullopt;
}

// "http, https, tcp"; for messages and help.
template <DescribedEnum E>
std::string enum_choices() {
  std::string text;
  for (const auto& entry : kEnumNames<E>) {
    text += text.empty() ? "" : ", ";
    text += entry.name.view();
  }
  return text;
}

}  // namespace weft::base
