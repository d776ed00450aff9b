// What was wrong with the fields of a request or document: every bad field, not the first one.
#pragma once

#include "base/json.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace weft::base {

// The kind of a problem. Faces that speak pydantic's language print field_problem_type().
enum class FieldProblem : std::uint8_t {
  kMissing,     // a required field is absent
  kUnknown,     // a field nobody knows, where the face refuses those
  kNull,        // null where a value is needed
  kNotString,   // another JSON type
  kNotInteger,  // another JSON type, or a fraction
  kNotNumber,   // another JSON type
  kNotBoolean,  // another JSON type
  kNotList,     // another JSON type
  kNotObject,   // another JSON type
  kNotOneOf,    // not a name of the enumeration
  kBelowMinimum,
  kNotAbove,  // the minimum itself is excluded
  kAboveMaximum,
  kTooShort,  // text
  kTooLong,   // text
  kTooFewItems,
  kTooManyItems,
  kNoMatch,  // text that does not match the pattern
  kBadForm,  // text that is no duration, time, address ...
  kBadJson,  // the document itself is not JSON
  kRefused,  // a rule that ties several fields together
  kMore,     // further problems were left out
};

// Returns: pydantic's name of the problem, e.g. "value_error.missing".
// Source: contract/ose.md "Errors of this family"; pydantic 1 error types.
std::string_view field_problem_type(FieldProblem problem);

// A step on the way to a field: the name of a member or the index of an item.
using PathStep = std::variant<std::string, std::size_t>;

// Thread: any (a value).
struct FieldError {
  std::string source;          // "body", "query", "path"
  std::vector<PathStep> path;  // empty: the whole source
  FieldProblem problem = FieldProblem::kRefused;
  std::string message;  // "field required", "at least 1 character"

  // "service_config.service_name", "endpoints[0].port"; the source when the path is empty.
  std::string where() const;
  // "service_config.service_name: at least 1 character"; the form of the APG face.
  std::string to_string() const;
  // {"loc": ["body", "endpoints", 0, "port"], "msg": ..., "type": ...}; the form of the OSE face.
  json::object to_location_object() const;
};

using FieldErrors = std::vector<FieldError>;

}  // namespace weft::base
