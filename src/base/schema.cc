#include "base/schema.h"

#include <cmath>

namespace weft::base::described {
namespace {

// A limit that is a whole number is printed as one.
json::value limit_value(double limit) {
  if (limit == std::floor(limit) && std::abs(limit) < 0x1p53) {
    return json::value(static_cast<std::int64_t>(limit));
  }
  return json::value(limit);
}

bool has_type(const json::object& schema, std::string_view type) {
  const json::value* found = schema.if_contains("type");
  if (found == nullptr) {
    return false;
  }
  if (const json::array* types = found->if_array()) {
    return !types->empty() && types->front() == json::value(type);  // or_null puts "null" last
  }
  return *found == json::value(type);
}

// The keywords for length_min and length_max, by what the field is.
struct LengthWords {
  std::string_view min;
  std::string_view max;
};

LengthWords length_words(const json::object& schema) {
  if (has_type(schema, "array")) {
    return {"minItems", "maxItems"};
  }
  if (has_type(schema, "object")) {
    return {"minProperties", "maxProperties"};
  }
  return {"minLength", "maxLength"};
}

json::object object_schema(const Struct& type, Schemas& schemas) {
  json::object schema{{"type", "object"}};
  if (!type.about.empty()) {
    schema["description"] = type.about;
  }
  json::object properties;
  json::array required;
  for (const Member& member : type.members) {
    properties[member.name()] = member_schema(member, type, schemas);
    if (member.facts.is_required) {
      required.emplace_back(member.name());
    }
  }
  schema["properties"] = std::move(properties);
  if (!required.empty()) {
    schema["required"] = std::move(required);
  }
  if (schemas.unknown() == UnknownFields::kRefuse) {
    schema["additionalProperties"] = false;
  }
  return schema;
}

}  // namespace

std::string schema_name(std::string_view pretty_function) {
  // "std::string weft::base::described::name_of() [with T = weft::http::Thing; ...]" (g++) or
  // "... [T = weft::http::Thing]" (clang).
  const std::size_t start = pretty_function.find("T = ") + 4;
  std::string_view type = pretty_function.substr(start);
  type = type.substr(0, type.find_first_of(";]"));
  std::string name;
  while (!type.empty()) {
    const std::size_t colon = type.find("::");
    const std::string_view part = type.substr(0, colon);
    type.remove_prefix(colon == std::string_view::npos ? type.size() : colon + 2);
    if (part == "weft" || part.find("anonymous") != std::string_view::npos) {
      continue;
    }
    name += name.empty() ? "" : ".";
    for (const char c : part) {  // a template's brackets are no part of a component's name
      const bool is_plain =
          (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
      name += is_plain ? c : '-';
    }
  }
  return name;
}

json::object with_facts(json::object schema, const Field& facts) {
  if (std::isfinite(facts.minimum) && !schema.contains("oneOf")) {
    schema[facts.minimum_is_excluded ? "exclusiveMinimum" : "minimum"] = limit_value(facts.minimum);
  }
  if (std::isfinite(facts.maximum) && !schema.contains("oneOf")) {
    schema["maximum"] = limit_value(facts.maximum);
  }
  const LengthWords words = length_words(schema);
  if (facts.length_min > 0) {
    schema[words.min] = facts.length_min;
  }
  if (facts.length_max != std::numeric_limits<std::size_t>::max()) {
    schema[words.max] = facts.length_max;
  }
  if (!facts.pattern_text.empty()) {
    schema["pattern"] = facts.pattern_text;
  }
  if (!facts.description.empty()) {
    schema["description"] = facts.description;
  }
  return schema;
}

json::object or_null(json::object schema) {
  json::value* type = schema.if_contains("type");
  if (type == nullptr || !type->is_string() || schema.contains("enum")) {
    return {{"anyOf", json::array{std::move(schema), json::object{{"type", "null"}}}}};
  }
  *type = json::array{*type, "null"};
  return schema;
}

json::object typed_schema(std::string_view type) { return {{"type", type}}; }

json::object text_schema(std::string_view format) {
  return {{"type", "string"}, {"format", format}};
}

json::object list_schema(json::object items) {
  return {{"type", "array"}, {"items", std::move(items)}};
}

json::object map_schema(json::object items) {
  return {{"type", "object"}, {"additionalProperties", std::move(items)}};
}

json::object integer_schema(std::optional<std::int64_t> low, std::optional<std::int64_t> high) {
  json::object schema = typed_schema("integer");
  if (low) {
    schema["minimum"] = *low;
  }
  if (high) {
    schema["maximum"] = *high;
  }
  return schema;
}

json::object duration_schema() {
  return {
      {"oneOf",
       json::array{json::object{{"type", "string"}, {"examples", {"10s", "1m30s"}}},
                   json::object{{"type", "number"}, {"minimum", 0}, {"description", "seconds"}}}}};
}

json::object member_schema(const Member& member, const Struct& type, Schemas& schemas) {
  const Field& facts = member.facts;
  json::object schema = with_facts(member.shape->schema(schemas), facts);
  if (!facts.is_required && !facts.is_left_out_when_null && member.shape->encode != nullptr) {
    schema["default"] = member.shape->encode(member.read(type.defaults()));
  }
  return schema;
}

json::object struct_schema(const Struct& type, Schemas& schemas) {
  const std::string name = type.name();
  if (!schemas.contains(name)) {
    schemas.put(name, {});  // a type that contains itself finds its name taken
    schemas.put(name, object_schema(type, schemas));
  }
  return {{"$ref", "#/components/schemas/" + name}};
}

}  // namespace weft::base::described
