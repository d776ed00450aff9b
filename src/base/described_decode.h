// JSON -> value by its description. Every bad field is reported, not only the first.
//
//   auto input = base::decode<EndpointInput>(json, {.unknown = base::UnknownFields::kRefuse});
//   if (!input) for (const FieldError& error : input.error()) ...
#pragma once

#include "base/described_error.h"
#include "base/described_type.h"

#include <expected>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weft::base {
namespace described {

// Text needs an owner when it is decoded.
template <class T, template <class...> class List, class... Descriptors>
constexpr bool owns_its_text(List<Descriptors...>) {
  return (
      !kIsBorrowedText<std::remove_cvref_t<decltype(std::declval<T&>().*Descriptors::pointer)>> &&
      ...);
}

template <class T>
constexpr bool can_be_decoded() {
  if constexpr (Described<T>) {
    return owns_its_text<T>(Members<T>{});
  } else {
    return !kIsBorrowedText<T>;
  }
}

}  // namespace described

// Decodes `in` over `target`. After an error `target` is partly changed; use a copy.
// Returns: the problems, empty when all went well.
// Thread: any; pure.
template <class T>
FieldErrors decode_onto(T& target, const json::value& in, const DecodeOptions& options = {}) {
  static_assert(described::can_be_decoded<T>(), "text that is decoded needs an owner");
  Decoding decoding(options);
  described::decode_value(in, target, described::Rules{described::kNoFacts}, decoding);
  return decoding.take_errors();
}

// Thread: any; pure.
template <class T>
std::expected<T, FieldErrors> decode(const json::value& in, const DecodeOptions& options = {}) {
  T value{};
  FieldErrors errors = decode_onto(value, in, options);
  if (!errors.empty()) {
    return std::unexpected(std::move(errors));
  }
  return value;
}

}  // namespace weft::base
