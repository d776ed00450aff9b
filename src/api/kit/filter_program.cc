#include "api/kit/filter_program.h"

#include "api/kit/filter.h"

#include <re2/re2.h>

#include <string_view>

namespace weft::api::kit {

bool FilterComparison::holds_at(std::size_t hop, const FilterType& type, const void* value) const {
  if (hop == hops.size()) {
    return holds_of(type, value);
  }
  if (type.kind == FilterKind::kList) {
    const auto of_item = [&](const void* item) { return holds_at(hop, *type.of, item); };
    return type.any(value, FilterVisitValue(of_item));
  }
  const FilterHop& next = hops[hop];
  if (next.field != nullptr) {
    const auto of_member = [&](const void* member) {
      return holds_at(hop + 1, *next.field->type, member);
    };
    return next.field->read(value, FilterVisitValue(of_member));
  }
  const auto of_entry = [&](const void* entry) { return holds_at(hop + 1, *type.of, entry); };
  return type.find(value, next.key, holds_without_key(), FilterVisitValue(of_entry));
}

// go-bexpr 0.1.2 has `matches` among the operators that hold at a key which is not there.
bool FilterComparison::holds_without_key() const {
  switch (op) {
    case FilterOperator::kEqual:
    case FilterOperator::kIn:
      return is_negated;
    case FilterOperator::kEmpty:
      return !is_negated;
    case FilterOperator::kMatches:
      break;
  }
  return true;
}

bool FilterComparison::holds_of(const FilterType& type, const void* value) const {
  bool out = false;
  if (op == FilterOperator::kEmpty) {
    out = type.is_empty(value);
  } else if (type.kind == FilterKind::kMap) {
    const auto is_there = [](const void* /*entry*/) { return true; };
    out = type.find(value, text, false, FilterVisitValue(is_there));
  } else if (type.kind == FilterKind::kList) {
    const auto is_item = [&](const void* item) { return equals(*type.of, item); };
    out = type.any(value, FilterVisitValue(is_item));
  } else if (op == FilterOperator::kEqual) {
    out = equals(type, value);
  } else {
    const auto of_text = [&](std::string_view own) { return holds_of_text(own); };
    out = type.text(value, FilterVisitText(of_text));
  }
  return out != is_negated;
}

bool FilterComparison::holds_of_text(std::string_view value) const {
  return op == FilterOperator::kMatches
             ? re2::RE2::PartialMatch(re2::StringPiece(value.data(), value.size()), *pattern)
             : value.find(text) != std::string_view::npos;
}

bool FilterComparison::equals(const FilterType& type, const void* value) const {
  if (type.kind == FilterKind::kInteger) {
    return type.integer(value) == number;
  }
  if (type.kind == FilterKind::kFlag) {
    return type.flag(value) == flag;
  }
  const auto is_text = [&](std::string_view own) { return own == text; };
  return type.text(value, FilterVisitText(is_text));
}

bool FilterProgram::holds(const void* entry) const {
  std::size_t at = comparisons_.size() - 1;
  while (at < comparisons_.size()) {
    const FilterComparison& comparison = comparisons_[at];
    at = comparison.holds_at(0, whole_, entry) ? comparison.on_true : comparison.on_false;
  }
  return at == kAccept;
}

bool filter_holds(const FilterProgram& program, const void* entry) { return program.holds(entry); }

}  // namespace weft::api::kit
