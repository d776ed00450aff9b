#include "base/described_error.h"

#include <fmt/format.h>

#include <iterator>

namespace weft::base {

std::string_view field_problem_type(FieldProblem problem) {
  switch (problem) {
    case FieldProblem::kMissing:
      return "value_error.missing";
    case FieldProblem::kUnknown:
      return "value_error.extra";
    case FieldProblem::kNull:
      return "type_error.none.not_allowed";
    case FieldProblem::kNotString:
      return "type_error.str";
    case FieldProblem::kNotInteger:
      return "type_error.integer";
    case FieldProblem::kNotNumber:
      return "type_error.float";
    case FieldProblem::kNotBoolean:
      return "type_error.bool";
    case FieldProblem::kNotList:
      return "type_error.list";
    case FieldProblem::kNotObject:
      return "type_error.dict";
    case FieldProblem::kNotOneOf:
      return "type_error.enum";
    case FieldProblem::kBelowMinimum:
      return "value_error.number.not_ge";
    case FieldProblem::kNotAbove:
      return "value_error.number.not_gt";
    case FieldProblem::kAboveMaximum:
      return "value_error.number.not_le";
    case FieldProblem::kTooShort:
      return "value_error.any_str.min_length";
    case FieldProblem::kTooLong:
      return "value_error.any_str.max_length";
    case FieldProblem::kTooFewItems:
      return "value_error.list.min_items";
    case FieldProblem::kTooManyItems:
      return "value_error.list.max_items";
    case FieldProblem::kNoMatch:
      return "value_error.str.regex";
    case FieldProblem::kBadJson:
      return "value_error.jsondecode";
    case FieldProblem::kBadForm:
    case FieldProblem::kRefused:
    case FieldProblem::kMore:
      break;
  }
  return "value_error";
}

std::string FieldError::where() const {
  if (path.empty()) {
    return source;
  }
  std::string text;
  for (const PathStep& step : path) {
    if (const auto* name = std::get_if<std::string>(&step)) {
      if (!text.empty()) {
        text += '.';
      }
      text += *name;
    } else {
      fmt::format_to(std::back_inserter(text), "[{}]", std::get<std::size_t>(step));
    }
  }
  return text;
}

std::string FieldError::to_string() const { return where() + ": " + message; }

json::object FieldError::to_location_object() const {
  json::array location{json::value(source)};
  for (const PathStep& step : path) {
    if (const auto* name = std::get_if<std::string>(&step)) {
      location.emplace_back(*name);
    } else {
      location.emplace_back(std::get<std::size_t>(step));
    }
  }
  return {{"loc", std::move(location)}, {"msg", message}, {"type", field_problem_type(problem)}};
}

}  // namespace weft::base
