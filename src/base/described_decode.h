// JSON -> value by its description. Every bad field is reported, not only the first.
//
//   auto input = base::decode<EndpointInput>(json, {.unknown = base::UnknownFields::kRefuse});
//   if (!input) for (const FieldError& error : input.error()) ...
#pragma once

#include "base/described.h"
#include "base/described_decoding.h"
#include "base/described_enum.h"
#include "base/described_error.h"
#include "base/described_text.h"
#include "base/json.h"

#include <expected>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace weft::base {

namespace described {

// What holds for the value being decoded.
struct Rules {
  const Field& facts;
  const FieldPattern* pattern = nullptr;
};

// Rules of a value that is no member: an item, a whole document.
inline constexpr Field kNoFacts{""};

// The shapes that need no template; see described_decode.cc.
void decode_bool(const json::value& in, bool& out, Decoding& at);
void decode_text(const json::value& in, std::string& out, const Rules& rules, Decoding& at);
void decode_double(const json::value& in, double& out, const Rules& rules, Decoding& at);
void decode_nanos(const json::value& in, Nanos& out, const Rules& rules, Decoding& at);
// Returns: nullopt when refused. `low` and `high` are the limits of the integer's type.
std::optional<std::int64_t> decode_signed(const json::value& in, std::int64_t low,
                                          std::int64_t high, const Rules& rules, Decoding& at);
std::optional<std::uint64_t> decode_unsigned(const json::value& in, std::uint64_t high,
                                             const Rules& rules, Decoding& at);
// Returns: the text of a word-like value, or nullopt when refused.
std::optional<std::string_view> word_of(const json::value& in, Decoding& at);
void check_count(std::size_t items, const Rules& rules, Decoding& at);
void refuse_unknown(const json::object& in, bool (*is_known)(std::string_view), Decoding& at);
// The value under the field's name or its alias; null when absent.
const json::value* find_field(const json::object& in, const Field& facts);

template <class T>
void decode_value(const json::value& in, T& out, const Rules& rules, Decoding& at);

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
  if (!in.is_array()) {
    at.refuse(FieldProblem::kNotList, "must be a list");
    return;
  }
  const json::array& array = in.get_array();
  check_count(array.size(), rules, at);
  out.clear();
  out.reserve(array.size());
  for (std::size_t i = 0; i < array.size(); ++i) {
    const Decoding::Step step(at, i);
    T item{};
    decode_value(array[i], item, Rules{kNoFacts}, at);
    out.push_back(std::move(item));
  }
}

template <class T>
void decode_map(const json::value& in, std::map<std::string, T>& out, const Rules& rules,
                Decoding& at) {
  if (!in.is_object()) {
    at.refuse(FieldProblem::kNotObject, "must be an object");
    return;
  }
  check_count(in.get_object().size(), rules, at);
  out.clear();
  for (const auto& entry : in.get_object()) {
    const Decoding::Step step(at, std::string(entry.key()));
    decode_value(entry.value(), out[std::string(entry.key())], Rules{kNoFacts}, at);
  }
}

// Decodes one described member from `in`, or leaves it as it is when it may be absent.
template <class T, class Member>
void decode_member(const json::object& in, T& out, Member member, Decoding& at) {
  static constexpr Field kFacts = facts_of<T>(Member::name);
  const json::value* value = find_field(in, kFacts);
  if (value == nullptr) {
    if (kFacts.is_required && at.options().presence == Presence::kComplete) {
      at.refuse_member(kFacts.member, FieldProblem::kMissing, "field required");
    }
    return;
  }
  const Decoding::Step step(at, std::string(kFacts.member));
  if constexpr (kFacts.pattern_text.empty()) {
    decode_value(*value, out.*member.pointer, Rules{kFacts}, at);
  } else {
    static const FieldPattern kPattern(kFacts.pattern_text);
    decode_value(*value, out.*member.pointer, Rules{kFacts, &kPattern}, at);
  }
}

template <class T>
constexpr bool is_known_field(std::string_view name) {
  bool known = false;
  boost::mp11::mp_for_each<Members<T>>([&](auto member) {
    const Field facts = facts_of<T>(member.name);
    known |= name == facts.member || (name == facts.alias_name && !name.empty());
  });
  return known;
}

// What the type says beyond its fields, if it says anything.
template <class T>
void run_rules(const T& value, Decoding& at) {
  if constexpr (requires { value.validate(at); }) {
    const Decoding::Rules rules(at);
    value.validate(at);
  }
}

template <class T>
void decode_object(const json::value& in, T& out, Decoding& at) {
  if (!in.is_object()) {
    at.refuse(FieldProblem::kNotObject, "must be an object");
    return;
  }
  const json::object& object = in.get_object();
  boost::mp11::mp_for_each<Members<T>>(
      [&](auto member) { decode_member(object, out, member, at); });
  if (at.options().unknown == UnknownFields::kRefuse) {
    refuse_unknown(object, &is_known_field<T>, at);
  }
  run_rules(out, at);
}

template <class T>
void decode_optional(const json::value& in, std::optional<T>& out, const Rules& rules,
                     Decoding& at) {
  if (in.is_null()) {
    out.reset();
  } else {
    const std::size_t errors_before = at.errors().size();
    decode_value(in, out.emplace(), rules, at);
    if constexpr (!Described<T>) {  // of an object the good members still count
      if (at.errors().size() != errors_before) {
        out.reset();
      }
    }
  }
}

// JSON that is kept as it came.
template <class T>
void decode_json(const json::value& in, T& out, const Rules& rules, Decoding& at) {
  if constexpr (std::is_same_v<T, json::object>) {
    if (!in.is_object()) {
      at.refuse(FieldProblem::kNotObject, "must be an object");
      return;
    }
    check_count(in.get_object().size(), rules, at);
    out = in.get_object();
  } else if constexpr (std::is_same_v<T, json::array>) {
    if (!in.is_array()) {
      at.refuse(FieldProblem::kNotList, "must be a list");
      return;
    }
    check_count(in.get_array().size(), rules, at);
    out = in.get_array();
  } else {
    out = in;
  }
}

template <class T>
inline constexpr bool kIsJson = std::is_same_v<T, json::value> || std::is_same_v<T, json::object> ||
                                std::is_same_v<T, json::array>;

template <class T>
void decode_value(const json::value& in, T& out, const Rules& rules, Decoding& at) {
  if constexpr (kIsJson<T>) {
    decode_json(in, out, rules, at);
  } else if constexpr (kIsOptional<T>) {
    decode_optional(in, out, rules, at);
  } else if (in.is_null()) {
    at.refuse(FieldProblem::kNull, "must not be null");
  } else if constexpr (requires { out.decode(in, at); }) {
    out.decode(in, at);  // a type that reads itself (described_partial.h)
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
    decode_object(in, out, at);
  } else {
    static_assert(kNever<T>, "this type has no JSON form; describe it or give it a TextForm");
  }
}

}  // namespace described

// Decodes `in` over `target`. After an error `target` is partly changed; use a copy.
// Returns: the problems, empty when all went well.
// Thread: any; pure.
template <class T>
FieldErrors decode_onto(T& target, const json::value& in, const DecodeOptions& options = {}) {
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
