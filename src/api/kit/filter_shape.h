// What a filter (filter.h) may look at: the fields of a type, stated once per kind of answer.
//
//   struct Check { std::string status; std::vector<std::string> tags; };
//   constexpr auto kCheckShape = filter_shape(
//       filter_field("Status", [](const Check& c) -> const std::string& { return c.status; }),
//       filter_field("ServiceTags",
//                    [](const Check& c) -> const std::vector<std::string>& { return c.tags; }));
//
//   struct Entry { const model::Instance* instance; std::vector<Check> checks; };
//   constexpr auto kEntryShape = filter_shape(
//       filter_field("Port", [](const Entry& e) { return e.instance->port; }),
//       filter_field<kCheckShape>(
//           "Checks", [](const Entry& e) -> const std::vector<Check>& { return e.checks; }));
//
// The kind of a field follows from what its reader returns: text (all that becomes a string_view),
// integers, bool, a struct that a shape is named for, a range of these, or a map from text to any
// of them. json::object is a map, json::array a list, json::value a text: a string as it is,
// anything else as JSON. Pointers and optionals are looked through and never null. What a reader
// returns by value lives until the filter has judged it.
// A shape stands at namespace scope: it is an argument of templates.
#pragma once

#include "base/json.h"

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace weft::api::kit {

// A callable, borrowed for the length of a call.
template <class Argument>
class FilterVisit final {
 public:
  template <class Call>
    requires(!std::same_as<Call, FilterVisit>)
  explicit FilterVisit(const Call& call)
      : call_(&call), run_([](const void* self, Argument argument) -> bool {
          return (*static_cast<const Call*>(self))(argument);
        }) {}

  bool operator()(Argument argument) const { return run_(call_, argument); }

 private:
  const void* call_;
  bool (*run_)(const void*, Argument);
};
using FilterVisitValue = FilterVisit<const void*>;
using FilterVisitText = FilterVisit<std::string_view>;

enum class FilterKind : std::uint8_t { kText, kInteger, kFlag, kList, kMap, kStruct };

struct FilterField;

// How values of one type are read. Only what belongs to its kind is set. Lifetime: static.
struct FilterType {
  FilterKind kind = FilterKind::kStruct;
  const FilterType* of = nullptr;            // of a list's items, of a map's values
  std::span<const FilterField> fields = {};  // of a struct
  bool (*text)(const void* value, FilterVisitText judge) = nullptr;
  std::int64_t (*integer)(const void* value) = nullptr;
  bool (*flag)(const void* value) = nullptr;
  bool (*is_empty)(const void* value) = nullptr;                     // a list, a map
  bool (*any)(const void* value, FilterVisitValue judge) = nullptr;  // of a list's items
  // Of a map: what `judge` says of the value at `key`; `missing` without one.
  bool (*find)(const void* value, std::string_view key, bool missing,
               FilterVisitValue judge) = nullptr;
};

// One field of a struct. Lifetime: static.
struct FilterField {
  std::string_view name;
  const FilterType* type;
  bool (*read)(const void* of, FilterVisitValue judge);
};

// The fields of `Of`. Made by filter_shape().
template <class Of, std::size_t kCount>
struct FilterShape {
  using Entry = Of;
  std::array<FilterField, kCount> fields;
};

inline constexpr FilterShape<void, 1> kNoFilterShape{};  // of types that need none

// What stands behind the declarations above; a face needs none of it.
namespace filter_types {

// The argument of a reader, [](const Of&) -> Result.
template <class Call>
struct ReaderOf;
template <class Result, class Call, class Entry>
struct ReaderOf<Result (Call::*)(const Entry&) const> {
  using Of = Entry;
};

template <class V>
concept Pointer = requires(const V& value) {
  *value;
  static_cast<bool>(value);
} && !std::integral<V>;

template <class V>
concept Text = std::convertible_to<const V&, std::string_view> || std::same_as<V, json::value>;

template <class V>
struct BareOf {
  using Type = V;
};
template <class V>
  requires(Pointer<V> && !Text<V>)
struct BareOf<V> : BareOf<std::remove_cvref_t<decltype(*std::declval<const V&>())>> {};

// A type without its references, qualifiers and pointers, and where such a value is.
template <class V>
using Bare = typename BareOf<std::remove_cvref_t<V>>::Type;

template <class V>
const void* address(const V& value) {
  if constexpr (std::same_as<Bare<V>, V>) {
    return std::addressof(value);
  } else {
    return address(*value);
  }
}

template <class V>
const V& at(const void* value) {
  return *static_cast<const V*>(value);
}

template <class V>
struct ValueOfMap {};
template <class V>
  requires requires { typename V::mapped_type; }
struct ValueOfMap<V> {
  using Type = Bare<typename V::mapped_type>;
};
template <>
struct ValueOfMap<json::object> {
  using Type = json::value;
};

template <class V>
concept Map = requires { typename ValueOfMap<V>::Type; };

template <class V>
auto find_in(const V& map, std::string_view key) {
  if constexpr (requires { map.find(key); }) {
    return map.find(key);
  } else {
    return map.find(typename V::key_type(key));
  }
}

// Of a map's entry.
template <class Entry>
const auto& value_of(const Entry& entry) {
  if constexpr (requires { entry.second; }) {
    return entry.second;
  } else {
    return entry.value();
  }
}

template <class V>
constexpr FilterType text_type() {
  FilterType out{.kind = FilterKind::kText};
  out.text = [](const void* value, FilterVisitText judge) {
    if constexpr (std::same_as<V, json::value>) {
      const json::string* text = at<V>(value).if_string();
      return judge(text != nullptr ? std::string_view(*text) : base::write_json(at<V>(value)));
    } else {
      return judge(at<V>(value));
    }
  };
  return out;
}

template <class V>
constexpr FilterType integer_type() {
  static_assert(std::signed_integral<V> || sizeof(V) < sizeof(std::int64_t),
                "its values may be beyond what an expression can name");
  FilterType out{.kind = FilterKind::kInteger};
  out.integer = [](const void* value) { return static_cast<std::int64_t>(at<V>(value)); };
  return out;
}

constexpr FilterType flag_type() {
  FilterType out{.kind = FilterKind::kFlag};
  out.flag = [](const void* value) { return at<bool>(value); };
  return out;
}

template <class V, const auto& kShape>
constexpr FilterType type_of();

template <class V, const auto& kShape>
inline constexpr FilterType kType = type_of<V, kShape>();

template <class V, const auto& kShape>
constexpr FilterType map_type() {
  FilterType out{.kind = FilterKind::kMap, .of = &kType<typename ValueOfMap<V>::Type, kShape>};
  out.is_empty = [](const void* value) { return at<V>(value).empty(); };
  out.find = [](const void* value, std::string_view key, bool missing, FilterVisitValue judge) {
    const auto found = find_in(at<V>(value), key);
    return found == at<V>(value).end() ? missing : judge(address(value_of(*found)));
  };
  return out;
}

template <class V, const auto& kShape>
constexpr FilterType list_type() {
  using Item = Bare<std::ranges::range_reference_t<const V>>;
  FilterType out{.kind = FilterKind::kList, .of = &kType<Item, kShape>};
  static_assert(!std::ranges::range<Item> || Text<Item>, "a list of lists or maps");
  out.is_empty = [](const void* value) {
    return std::ranges::begin(at<V>(value)) == std::ranges::end(at<V>(value));
  };
  out.any = [](const void* value, FilterVisitValue judge) {
    return std::ranges::any_of(at<V>(value),
                               [&](const auto& item) { return judge(address(item)); });
  };
  return out;
}

template <class V, const auto& kShape>
constexpr FilterType type_of() {
  if constexpr (std::same_as<V, bool>) {
    return flag_type();
  } else if constexpr (std::integral<V>) {
    return integer_type<V>();
  } else if constexpr (Text<V>) {
    return text_type<V>();
  } else if constexpr (Map<V>) {
    return map_type<V, kShape>();
  } else if constexpr (std::ranges::range<const V>) {
    return list_type<V, kShape>();
  } else {
    using Entry = typename std::remove_cvref_t<decltype(kShape)>::Entry;
    static_assert(std::same_as<V, Entry>, "filter_field<SHAPE>: a struct needs its shape");
    return {.kind = FilterKind::kStruct, .fields = kShape.fields};
  }
}

// A field that knows whose it is, so that a shape takes only fields of one type.
template <class Of>
struct FieldOf {
  FilterField field;
};

}  // namespace filter_types

// `name` is an identifier of the language: a letter, then letters, digits and `_`. `read` captures
// nothing. `kShape` is that of the structs in what it returns.
template <const auto& kShape = kNoFilterShape, class Read>
constexpr auto filter_field(std::string_view name, Read /*read*/) {
  static_assert(std::is_empty_v<Read>, "a reader captures nothing");
  using Of = typename filter_types::ReaderOf<decltype(&Read::operator())>::Of;
  using Value = filter_types::Bare<std::invoke_result_t<Read, const Of&>>;
  const auto read = [](const void* of, FilterVisitValue judge) {
    const auto& value = Read{}(filter_types::at<Of>(of));
    return judge(filter_types::address(value));
  };
  return filter_types::FieldOf<Of>{{name, &filter_types::kType<Value, kShape>, read}};
}

template <class Of, class... Others>
constexpr FilterShape<Of, 1 + sizeof...(Others)> filter_shape(
    filter_types::FieldOf<Of> first, filter_types::FieldOf<Others>... others) {
  static_assert((std::same_as<Of, Others> && ...), "a shape has the fields of one type");
  return {{first.field, others.field...}};
}

}  // namespace weft::api::kit
