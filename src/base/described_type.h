// From a type to its tables: the Shape of its values, and of a described struct its members.
// described_decode.h, described_encode.h and schema.h are the doors for everybody else.
#pragma once

#include "base/described_value.h"

#include <array>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

namespace weft::base::described {

template <class T>
constexpr Shape make_shape() {
  Shape shape{ShapeKind::kScalar, nullptr, nullptr, &ShapeOf<T>::schema, nullptr, nullptr};
  if constexpr (!kIsBorrowedText<T>) {
    shape.decode = &ShapeOf<T>::decode;
  }
  if constexpr (!ReadsItself<T>) {
    shape.encode = &ShapeOf<T>::encode;
  }
  if constexpr (kIsOptional<T>) {
    shape.is_empty = &ShapeOf<T>::is_empty;
  } else if constexpr (kIsList<T>) {
    shape.kind = ShapeKind::kList;
  } else if constexpr (std::is_same_v<T, bool>) {
    shape.kind = ShapeKind::kFlag;
  } else if constexpr (Described<T> && !HasTextForm<T>) {
    shape.as_struct = &struct_of<T>;
  }
  return shape;
}

template <class T>
constinit const Shape ShapeOf<T>::kShape = make_shape<T>();

template <class T, class Descriptor>
inline constexpr Field kFactsOf = facts_of<T>(Descriptor::name);

template <class T, class Descriptor>
const FieldPattern& pattern_of() {
  static const FieldPattern kPattern(kFactsOf<T, Descriptor>.pattern_text);
  return kPattern;
}

template <class T, class Descriptor>
void* member_in(void* object) {
  return &(static_cast<T*>(object)->*Descriptor::pointer);
}

template <class T, class Descriptor>
constexpr Member make_member() {
  using Value = std::remove_cvref_t<decltype(std::declval<T&>().*Descriptor::pointer)>;
  return {kFactsOf<T, Descriptor>, &ShapeOf<Value>::kShape, &member_in<T, Descriptor>,
          kFactsOf<T, Descriptor>.pattern_text.empty() ? nullptr : &pattern_of<T, Descriptor>};
}

template <class T, template <class...> class List, class... Descriptors>
constexpr std::array<Member, sizeof...(Descriptors)> make_members(List<Descriptors...>) {
  return {make_member<T, Descriptors>()...};
}

template <class T>
const void* defaults_of() {
  static const T kDefaults{};
  return &kDefaults;
}

template <class T>
std::string name_of() {
  return schema_name(__PRETTY_FUNCTION__);
}

template <class T>
void rules_of(const void* object, Decoding& at) {
  static_cast<const T*>(object)->validate(at);
}

template <class T>
constexpr Struct make_struct(std::span<const Member> members) {
  Struct type{members, {}, &defaults_of<T>, &name_of<T>, nullptr};
  if constexpr (requires { T::kAbout; }) {
    type.about = T::kAbout;
  }
  if constexpr (requires(const T& value, Decoding& at) { value.validate(at); }) {
    type.run_rules = &rules_of<T>;
  }
  return type;
}

template <class T>
const Struct& struct_of() {
  static constexpr auto kMembers = make_members<T>(Members<T>{});
  static constexpr Struct kStruct = make_struct<T>(kMembers);
  return kStruct;
}

}  // namespace weft::base::described
