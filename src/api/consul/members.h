// The members of an answer, stated once: their names and how each is read. The JSON
// (encode_members) and what ?filter= may look at (filter_of) are made from them.
//
//   constexpr auto kNodeMembers = members(
//       member("Node", [](const NodeEntry& e) -> const std::string& { return e.node->name; }),
//       ...);
#pragma once

#include "api/kit/filter_shape.h"
#include "base/json.h"

#include <concepts>
#include <ranges>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>

namespace weft::api::consul {

struct NoMembers {};
inline constexpr NoMembers kNoMembers{};

// `kInner`: the members of the structs in what it reads.
template <class Read, const auto& kInner>
struct Member {
  std::string_view name;

  using Of = typename kit::filter_types::ReaderOf<decltype(&Read::operator())>::Of;
};

template <const auto& kInner = kNoMembers, class Read>
constexpr Member<Read, kInner> member(std::string_view name, Read /*read*/) {
  static_assert(std::is_empty_v<Read>, "a reader captures nothing");
  return {name};
}

template <class... Members>
constexpr std::tuple<Members...> members(Members... each) {
  return {each...};
}

namespace member_parts {

template <const auto& kMembers>
constexpr auto filter_of();

}  // namespace member_parts

// Declared before its use in templates: what a filter sees of the same members.
template <const auto& kMembers>
inline constexpr auto kFilterOf = member_parts::filter_of<kMembers>();

namespace member_parts {

template <class Read, const auto& kInner>
constexpr auto field_of(const Member<Read, kInner>& member) {
  if constexpr (std::is_same_v<std::remove_cvref_t<decltype(kInner)>, NoMembers>) {
    return kit::filter_field(member.name, Read{});
  } else {
    return kit::filter_field<kFilterOf<kInner>>(member.name, Read{});
  }
}

template <const auto& kMembers>
constexpr auto filter_of() {
  return std::apply([](const auto&... each) { return kit::filter_shape(field_of(each)...); },
                    kMembers);
}

}  // namespace member_parts

template <const auto& kMembers, class Entry>
json::object encode_members(const Entry& entry);

namespace member_parts {

template <const auto& kInner, class V>
json::value encode_value(const V& value) {
  if constexpr (std::same_as<V, json::object> || std::same_as<V, json::array> ||
                std::same_as<V, json::value>) {
    return value;
  } else if constexpr (std::same_as<V, bool> || std::integral<V>) {
    return json::value(value);
  } else if constexpr (std::convertible_to<const V&, std::string_view>) {
    return json::value(std::string_view(value));
  } else if constexpr (std::ranges::range<const V>) {
    json::array list;
    for (const auto& item : value) {
      list.push_back(encode_value<kInner>(item));
    }
    return list;
  } else if constexpr (kit::filter_types::Pointer<V>) {
    return encode_value<kInner>(*value);
  } else {
    return encode_members<kInner>(value);
  }
}

template <class Read, const auto& kInner, class Entry>
void encode_member(const Member<Read, kInner>& member, const Entry& entry, json::object& out) {
  out.emplace(member.name, encode_value<kInner>(Read{}(entry)));
}

}  // namespace member_parts

template <const auto& kMembers, class Entry>
json::object encode_members(const Entry& entry) {
  json::object out;
  out.reserve(std::tuple_size_v<std::remove_cvref_t<decltype(kMembers)>>);
  std::apply([&](const auto&... each) { (member_parts::encode_member(each, entry, out), ...); },
             kMembers);
  return out;
}

}  // namespace weft::api::consul
