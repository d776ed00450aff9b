// A field is described once. The description gives the JSON decoding with every bad field reported
// (described_decode.h), the encoding (described_encode.h) and the JSON schema (schema.h).
//
//   enum class Protocol { kHttp, kGrpc };                 // on the wire: "http", "grpc"
//   BOOST_DESCRIBE_ENUM(Protocol, kHttp, kGrpc)
//
//   struct EndpointInput {
//     std::string host;
//     std::uint16_t port = 0;
//     Protocol protocol = Protocol::kHttp;                // the default is the initialiser
//     base::Nanos timeout = base::Seconds(5);             // "5s" or a number of seconds
//     std::optional<std::string> certificate_id;          // may be null
//
//     static constexpr auto kFields = base::fields(       // facts beyond name, type and default
//         base::field("host").required().length(1, 255).about("name or address"),
//         base::field("port").required().range(1, 65535));
//   };
//   BOOST_DESCRIBE_STRUCT(EndpointInput, (), (host, port, protocol, timeout, certificate_id))
//
// Members may be bool, integers, double, text, enumerations, durations, times, types with a
// TextForm, json::value, json::object and json::array as they come, described structs, and
// std::optional, Boxed, std::vector and std::map<std::string, ...> of these. A fact that names no member
// does not compile. Rules beyond one field's facts go into `void validate(base::Decoding&) const`.
// It runs beside bad fields too, so that one answer names everything: what it says of a field that
// is refused already is not repeated, and a rule that reads several asks `has_refused` first.
#pragma once

#include "base/boxed.h"
#include "base/json.h"

#include <boost/describe.hpp>
#include <boost/mp11.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace weft::base {

class Decoding;  // described_decode.h; types with a validate() need only its name

// Where a field of a request is looked for; http/endpoint.h decides, documents have only bodies.
enum class FieldSource : std::uint8_t {
  kDefault,      // the path when the route names it, else body or query by method
  kQuery,        // always the query
  kQueryOrBody,  // the query, and the body where the query does not have it
  kWholeBody,    // the body itself is this field
};

// The facts of one field. Built with field() and its setters, in constant expressions only.
struct Field {
  std::string_view member;
  std::string_view alias_name;    // a second name that decoding understands
  std::string_view pattern_text;  // RE2 syntax, searched: write ^ and $ to anchor
  std::string_view description;
  double minimum = -std::numeric_limits<double>::infinity();
  double maximum = std::numeric_limits<double>::infinity();
  std::size_t length_min = 0;  // characters of text, items of a list or map
  std::size_t length_max = std::numeric_limits<std::size_t>::max();
  FieldSource source = FieldSource::kDefault;
  bool is_required = false;
  bool minimum_is_excluded = false;
  bool is_left_out_when_null = false;

  constexpr explicit Field(std::string_view name) : member(name) {}

 private:
  // Stands before its callers: clang evaluates their constants only when it has seen the body.
  template <class Change>
  constexpr Field with(Change change) const {
    Field copy = *this;
    change(copy);
    return copy;
  }

 public:
  // The request must have it; without this the member's initialiser stands in.
  constexpr Field required() const {
    return with([](Field& f) { f.is_required = true; });
  }
  constexpr Field at_least(double low) const {
    return with([low](Field& f) { f.minimum = low; });
  }
  constexpr Field at_most(double high) const {
    return with([high](Field& f) { f.maximum = high; });
  }
  constexpr Field range(double low, double high) const { return at_least(low).at_most(high); }
  constexpr Field more_than(double low) const {
    return with([low](Field& f) {
      f.minimum = low;
      f.minimum_is_excluded = true;
    });
  }
  constexpr Field length(std::size_t low, std::size_t high) const {
    return with([low, high](Field& f) {
      f.length_min = low;
      f.length_max = high;
    });
  }
  constexpr Field not_empty() const {
    return with([](Field& f) { f.length_min = 1; });
  }
  constexpr Field pattern(std::string_view re2) const {
    return with([re2](Field& f) { f.pattern_text = re2; });
  }
  constexpr Field alias(std::string_view name) const {
    return with([name](Field& f) { f.alias_name = name; });
  }
  constexpr Field about(std::string_view text) const {
    return with([text](Field& f) { f.description = text; });
  }
  constexpr Field in_query() const {
    return with([](Field& f) { f.source = FieldSource::kQuery; });
  }
  constexpr Field in_query_or_body() const {
    return with([](Field& f) { f.source = FieldSource::kQueryOrBody; });
  }
  constexpr Field whole_body() const {
    return with([](Field& f) { f.source = FieldSource::kWholeBody; });
  }
  // An empty optional is absent from the answer instead of null.
  constexpr Field left_out_when_null() const {
    return with([](Field& f) { f.is_left_out_when_null = true; });
  }
};

constexpr Field field(std::string_view member) { return Field(member); }

template <class... Facts>
constexpr std::array<Field, sizeof...(Facts)> fields(Facts... facts) {
  return {facts...};
}

// How a type that is one word of text on the wire is read and written. Specialise it beside the
// type: `static Result<T> parse(std::string_view)`, `static std::string text(const T&)`,
// `static constexpr std::string_view kFormat` (JSON schema's "format").
template <class T>
struct TextForm;

template <class T>
concept HasTextForm = requires(const T& value, std::string_view text) {
  TextForm<T>::parse(text);
  TextForm<T>::text(value);
};

// A struct under BOOST_DESCRIBE_STRUCT.
template <class T>
concept Described = std::is_class_v<T> && boost::describe::has_describe_members<T>::value;

template <class T>
concept DescribedEnum = std::is_enum_v<T> && boost::describe::has_describe_enumerators<T>::value;

namespace described {

template <class T>
using Members = boost::describe::describe_members<T, boost::describe::mod_public |
                                                         boost::describe::mod_inherited>;

template <template <class...> class List, class... Descriptors>
constexpr bool is_among(List<Descriptors...>, std::string_view name) {
  return ((name == Descriptors::name) || ...);
}

template <class T>
constexpr bool facts_name_members() {
  if constexpr (requires { T::kFields; }) {
    for (const Field& fact : T::kFields) {
      if (!is_among(Members<T>{}, fact.member)) {
        return false;
      }
    }
  }
  return true;
}

// Returns: the facts of a member; a member without a line in kFields has the plain ones.
template <class T>
constexpr Field facts_of(std::string_view member) {
  static_assert(facts_name_members<T>(), "kFields names something that is not a described member");
  if constexpr (requires { T::kFields; }) {
    for (const Field& fact : T::kFields) {
      if (fact.member == member) {
        return fact;
      }
    }
  }
  return Field(member);
}

template <class T>
inline constexpr bool kIsOptional = false;
template <class T>
inline constexpr bool kIsOptional<std::optional<T>> = true;
template <class T>
inline constexpr bool kIsOptional<Boxed<T>> = true;

template <class T>
inline constexpr bool kIsList = false;
template <class T>
inline constexpr bool kIsList<std::vector<T>> = true;

template <class T>
inline constexpr bool kIsMap = false;
template <class T>
inline constexpr bool kIsMap<std::map<std::string, T>> = true;

template <class T>
inline constexpr bool kIsDuration = false;
template <class Rep, class Period>
inline constexpr bool kIsDuration<std::chrono::duration<Rep, Period>> = true;

template <class T>
inline constexpr bool kNever = false;  // for static_assert in the last branch

}  // namespace described
}  // namespace weft::base
