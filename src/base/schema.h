// JSON Schema (draft 2020-12, as OpenAPI 3.1 uses it) of described types.
//
//   base::Schemas schemas(base::UnknownFields::kRefuse);
//   json::object reference = base::schema_of<RegisterRequest>(schemas);   // {"$ref": ...}
//   schemas.components()                                                   // goes to
//   components/schemas
#pragma once

#include "base/described.h"
#include "base/described_decode.h"
#include "base/described_encode.h"
#include "base/described_enum.h"
#include "base/json.h"

#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weft::base {

// The named schemas a document has collected so far, in the order of their first use.
// Thread: its owner.
class Schemas final {
 public:
  explicit Schemas(UnknownFields unknown = UnknownFields::kIgnore) : unknown_(unknown) {}

  bool contains(std::string_view name) const { return components_.contains(name); }
  void put(std::string_view name, json::object schema) {
    components_.insert_or_assign(name, std::move(schema));
  }
  UnknownFields unknown() const { return unknown_; }
  // For a document over several API families: holds for the types put in from now on.
  void set_unknown(UnknownFields unknown) { unknown_ = unknown; }
  const json::object& components() const { return components_; }

 private:
  UnknownFields unknown_;
  json::object components_;
};

template <class T>
json::object schema_of(Schemas& schemas);

namespace described {

// "api.mesh.RegisterRequest" for weft::api::mesh::RegisterRequest: unique in the program.
std::string schema_name(std::string_view pretty_function);

template <class T>
std::string schema_name() {
  return schema_name(__PRETTY_FUNCTION__);
}

// Adds the limits, pattern and description of a field to the schema of its type.
json::object with_facts(json::object schema, const Field& facts);
json::object or_null(json::object schema);
json::object duration_schema();

template <class T>
json::object integer_schema() {
  json::object schema{{"type", "integer"}};
  if constexpr (sizeof(T) < sizeof(std::int64_t)) {
    schema["minimum"] = std::numeric_limits<T>::min();
    schema["maximum"] = std::numeric_limits<T>::max();
  } else if constexpr (std::is_unsigned_v<T>) {
    schema["minimum"] = 0;
  }
  return schema;
}

template <class T>
json::object enum_schema() {
  json::array names;
  for (const auto& entry : kEnumNames<T>) {
    names.emplace_back(entry.name.view());
  }
  return {{"type", "string"}, {"enum", std::move(names)}};
}

// The schema of one member, with its default unless it is required.
template <class T, class Member>
json::object member_schema(Member member, const T& defaults, Schemas& schemas) {
  static constexpr Field kFacts = facts_of<T>(Member::name);
  using Value = std::remove_cvref_t<decltype(defaults.*member.pointer)>;
  json::object schema = with_facts(schema_of<Value>(schemas), kFacts);
  if constexpr (!kFacts.is_required && !kFacts.is_left_out_when_null) {
    schema["default"] = encode(defaults.*member.pointer);
  }
  return schema;
}

template <class T>
json::object object_schema(Schemas& schemas) {
  json::object schema{{"type", "object"}};
  if constexpr (requires { T::kAbout; }) {
    schema["description"] = T::kAbout;
  }
  const T defaults{};
  json::object properties;
  json::array required;
  boost::mp11::mp_for_each<Members<T>>([&](auto member) {
    properties[member.name] = member_schema(member, defaults, schemas);
    if (facts_of<T>(member.name).is_required) {
      required.emplace_back(member.name);
    }
  });
  schema["properties"] = std::move(properties);
  if (!required.empty()) {
    schema["required"] = std::move(required);
  }
  if (schemas.unknown() == UnknownFields::kRefuse) {
    schema["additionalProperties"] = false;
  }
  return schema;
}

// A described struct is written once, under its name; everybody else points there.
template <class T>
json::object reference_to(Schemas& schemas) {
  const std::string name = schema_name<T>();
  if (!schemas.contains(name)) {
    schemas.put(name, {});  // a type that contains itself finds its name taken
    schemas.put(name, object_schema<T>(schemas));
  }
  return {{"$ref", "#/components/schemas/" + name}};
}

}  // namespace described

// Returns: the schema of T; described structs are put into `schemas` and referenced.
template <class T>
json::object schema_of(Schemas& schemas) {
  using namespace described;
  if constexpr (kIsOptional<T>) {
    return or_null(schema_of<typename T::value_type>(schemas));
  } else if constexpr (kIsList<T>) {
    return {{"type", "array"}, {"items", schema_of<typename T::value_type>(schemas)}};
  } else if constexpr (kIsMap<T>) {
    return {{"type", "object"},
            {"additionalProperties", schema_of<typename T::mapped_type>(schemas)}};
  } else if constexpr (requires { T::schema(schemas); }) {
    return T::schema(schemas);
  } else if constexpr (std::is_same_v<T, bool>) {
    return {{"type", "boolean"}};
  } else if constexpr (std::is_integral_v<T>) {
    return integer_schema<T>();
  } else if constexpr (std::is_floating_point_v<T>) {
    return {{"type", "number"}};
  } else if constexpr (std::is_convertible_v<T, std::string_view>) {
    return {{"type", "string"}};
  } else if constexpr (kIsDuration<T>) {
    return duration_schema();
  } else if constexpr (HasTextForm<T>) {
    return {{"type", "string"}, {"format", TextForm<T>::kFormat}};
  } else if constexpr (DescribedEnum<T>) {
    return enum_schema<T>();
  } else if constexpr (std::is_same_v<T, json::object>) {
    return {{"type", "object"}};
  } else if constexpr (std::is_same_v<T, json::array>) {
    return {{"type", "array"}};
  } else if constexpr (std::is_same_v<T, json::value>) {
    return {};  // any JSON
  } else {
    return reference_to<T>(schemas);
  }
}

}  // namespace weft::base
