// How values of each type are decoded, encoded and documented: the functions in a Shape.
// Start at described_type.h, which makes the tables out of them.
#pragma once

#include "base/described_enum.h"
#include "base/described_shape.h"
#include "base/described_text.h"

#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weft::base::described {

template <class T>
const Struct& struct_of();

// The functions of one type.
template <class T>
struct ShapeOf {
  static void decode(const json::value& in, void* to, const Rules& rules, Decoding& at);
  static json::value encode(const void* from);
  static json::object schema(Schemas& schemas);
  static bool is_empty(const void* value) { return !static_cast<const T*>(value)->has_value(); }

  static const Shape kShape;
};

// --- one type's JSON -> value ---

template <class T>
void decode_value(const json::value& in, T& out, const Rules& rules, Decoding& at) {
  ShapeOf<T>::kShape.decode(in, &out, rules, at);
}

template <class T>
void decode_integer(const json::value& in, T& out, const Rules& rules, Decoding& at) {
  using Limits = std::numeric_limits<T>;
  if constexpr (std::is_signed_v<T>) {
    if (const auto number = decode_signed(in, Limits::min(), Limits::max(), rules, at)) {
      out = static_cast<T>(*number);
    }
  } else {
    if (const auto number = decode_unsigned(in, Limits::max(), rules, at)) {
      out = static_cast<T>(*number);
    }
  }
}

template <class T>
void decode_enum(const json::value& in, T& out, Decoding& at) {
  if (const auto word = word_of(in, at)) {
    if (const auto value = parse_enum<T>(*word)) {
      out = *value;
    } else {
      at.refuse(FieldProblem::kNotOneOf, "must be one of " + enum_choices<T>());
    }
  }
}

template <class T>
void decode_text_form(const json::value& in, T& out, Decoding& at) {
  if (const auto word = word_of(in, at)) {
    if (auto value = TextForm<T>::parse(*word)) {
      out = *std::move(value);
    } else {
      at.refuse(FieldProblem::kBadForm, value.error().what);
    }
  }
}

template <class T>
void decode_list(const json::value& in, std::vector<T>& out, const Rules& rules, Decoding& at) {
  const json::array* array = list_of(in, rules, at);
  if (array == nullptr) {
    return;
  }
  out.clear();
  out.reserve(array->size());
  for (std::size_t i = 0; i < array->size(); ++i) {
    const Decoding::Step step(at, i);
    T item{};
    decode_value((*array)[i], item, Rules{kNoFacts}, at);
    out.push_back(std::move(item));
  }
}

template <class T>
void decode_map(const json::value& in, std::map<std::string, T>& out, const Rules& rules,
                Decoding& at) {
  const json::object* object = map_of(in, rules, at);
  if (object == nullptr) {
    return;
  }
  out.clear();
  for (const auto& entry : *object) {
    const Decoding::Step step(at, std::string(entry.key()));
    decode_value(entry.value(), out[std::string(entry.key())], Rules{kNoFacts}, at);
  }
}

template <class Optional>
void decode_optional(const json::value& in, Optional& out, const Rules& rules, Decoding& at) {
  using T = typename Optional::value_type;
  if (in.is_null()) {
    out.reset();
    return;
  }
  const std::size_t errors_before = at.errors().size();
  decode_value(in, out.emplace(), rules, at);
  if constexpr (!Described<T>) {  // of an object the good members still count
    if (at.errors().size() != errors_before) {
      out.reset();
    }
  }
}

// JSON that is kept as it came.
template <class T>
inline constexpr bool kIsJson = std::is_same_v<T, json::value> || std::is_same_v<T, json::object> ||
                                std::is_same_v<T, json::array>;

template <class T>
void decode_json(const json::value& in, T& out, const Rules& rules, Decoding& at) {
  if constexpr (std::is_same_v<T, json::object>) {
    if (const json::object* object = map_of(in, rules, at)) {
      out = *object;
    }
  } else if constexpr (std::is_same_v<T, json::array>) {
    if (const json::array* array = list_of(in, rules, at)) {
      out = *array;
    }
  } else {
    out = in;
  }
}

// A type that reads itself (described_partial.h); nobody writes it.
template <class T>
concept ReadsItself =
    requires(T& value, const json::value& in, Decoding& at) { value.decode(in, at); };

// Text that lives elsewhere is only ever written.
template <class T>
inline constexpr bool kIsBorrowedText =
    std::is_convertible_v<T, std::string_view> && !std::is_same_v<T, std::string>;

// --- the functions ---

template <class T>
void ShapeOf<T>::decode(const json::value& in, void* to, const Rules& rules, Decoding& at) {
  T& out = *static_cast<T*>(to);
  if constexpr (kIsJson<T>) {
    decode_json(in, out, rules, at);
  } else if constexpr (kIsOptional<T>) {
    decode_optional(in, out, rules, at);
  } else if (in.is_null()) {
    at.refuse(FieldProblem::kNull, "must not be null");
  } else if constexpr (ReadsItself<T>) {
    out.decode(in, at);
  } else if constexpr (std::is_same_v<T, bool>) {
    decode_bool(in, out, at);
  } else if constexpr (std::is_integral_v<T>) {
    decode_integer(in, out, rules, at);
  } else if constexpr (std::is_same_v<T, double>) {
    decode_double(in, out, rules, at);
  } else if constexpr (std::is_same_v<T, std::string>) {
    decode_text(in, out, rules, at);
  } else if constexpr (kIsDuration<T>) {
    Nanos nanos = std::chrono::duration_cast<Nanos>(out);
    decode_nanos(in, nanos, rules, at);
    out = std::chrono::duration_cast<T>(nanos);
  } else if constexpr (HasTextForm<T>) {
    decode_text_form(in, out, at);
  } else if constexpr (DescribedEnum<T>) {
    decode_enum(in, out, at);
  } else if constexpr (kIsList<T>) {
    decode_list(in, out, rules, at);
  } else if constexpr (kIsMap<T>) {
    decode_map(in, out, rules, at);
  } else if constexpr (Described<T>) {
    decode_struct(in, &out, struct_of<T>(), at);
  } else {
    static_assert(kNever<T>, "this type has no JSON form; describe it or give it a TextForm");
  }
}

template <class T>
json::value ShapeOf<T>::encode(const void* from) {
  const T& value = *static_cast<const T*>(from);
  if constexpr (kIsOptional<T>) {
    return value.has_value() ? ShapeOf<typename T::value_type>::kShape.encode(&*value)
                             : json::value();
  } else if constexpr (kIsList<T>) {
    json::array array;
    array.reserve(value.size());
    for (const auto& item : value) {
      array.push_back(ShapeOf<typename T::value_type>::kShape.encode(&item));
    }
    return array;
  } else if constexpr (kIsMap<T>) {
    json::object object;
    object.reserve(value.size());
    for (const auto& [key, item] : value) {
      object.emplace(key, ShapeOf<typename T::mapped_type>::kShape.encode(&item));
    }
    return object;
  } else if constexpr (kIsDuration<T>) {
    return json::value(format_duration(std::chrono::duration_cast<Nanos>(value)));
  } else if constexpr (HasTextForm<T>) {
    return json::value(TextForm<T>::text(value));
  } else if constexpr (DescribedEnum<T>) {
    return json::value(enum_name(value));
  } else if constexpr (Described<T>) {
    return encode_struct(&value, struct_of<T>());
  } else {
    return json::value(value);  // bool, numbers, text and JSON itself
  }
}

template <class T>
json::object ShapeOf<T>::schema(Schemas& schemas) {
  if constexpr (kIsOptional<T>) {
    return or_null(ShapeOf<typename T::value_type>::kShape.schema(schemas));
  } else if constexpr (kIsList<T>) {
    return list_schema(ShapeOf<typename T::value_type>::kShape.schema(schemas));
  } else if constexpr (kIsMap<T>) {
    return map_schema(ShapeOf<typename T::mapped_type>::kShape.schema(schemas));
  } else if constexpr (requires { T::schema(schemas); }) {
    return T::schema(schemas);
  } else if constexpr (std::is_same_v<T, bool>) {
    return typed_schema("boolean");
  } else if constexpr (std::is_integral_v<T>) {
    using Limits = std::numeric_limits<T>;
    if constexpr (sizeof(T) < sizeof(std::int64_t)) {
      return integer_schema(Limits::min(), Limits::max());
    } else {
      return integer_schema(std::is_unsigned_v<T> ? std::optional<std::int64_t>(0) : std::nullopt,
                            std::nullopt);
    }
  } else if constexpr (std::is_floating_point_v<T>) {
    return typed_schema("number");
  } else if constexpr (std::is_convertible_v<T, std::string_view>) {
    return typed_schema("string");
  } else if constexpr (kIsDuration<T>) {
    return duration_schema();
  } else if constexpr (HasTextForm<T>) {
    return text_schema(TextForm<T>::kFormat);
  } else if constexpr (DescribedEnum<T>) {
    json::array names;
    for (const auto& entry : kEnumNames<T>) {
      names.emplace_back(entry.name.view());
    }
    return {{"type", "string"}, {"enum", std::move(names)}};
  } else if constexpr (std::is_same_v<T, json::object>) {
    return typed_schema("object");
  } else if constexpr (std::is_same_v<T, json::array>) {
    return typed_schema("array");
  } else if constexpr (std::is_same_v<T, json::value>) {
    return {};  // any JSON
  } else {
    return struct_schema(struct_of<T>(), schemas);
  }
}

}  // namespace weft::base::described
