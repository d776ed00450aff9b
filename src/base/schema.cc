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

}  // namespace

std::string schema_name(std::string_view pretty_function) {
  // "std::string weft::base::described::schema_name() [with T = weft::http::Thing; ...]" (g++) or
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

json::object duration_schema() {
  return {
      {"oneOf",
       json::array{json::object{{"type", "string"}, {"examples", {"10s", "1m30s"}}},
                   json::object{{"type", "number"}, {"minimum", 0}, {"description", "seconds"}}}}};
}

}  // namespace weft::base::described
