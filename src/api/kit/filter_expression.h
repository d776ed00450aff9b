// A filter expression as it is written: what filter_parser.h reads and filter_compile.cc judges.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace weft::api::kit {

enum class FilterOperator : std::uint8_t { kEqual, kIn, kEmpty, kMatches };  // `contains` is kIn

// One step of a selector: a field of a struct or a key of a map.
struct FilterStep {
  std::string name;
  std::size_t at = 0;  // its first byte
};

// "A.b.c".
inline std::string path_of(std::span<const FilterStep> steps) {
  std::string out;
  for (const FilterStep& step : steps) {
    out += (out.empty() ? "" : ".") + step.name;
  }
  return out;
}

struct FilterMatch {
  std::vector<FilterStep> selector;  // never empty once parsed
  FilterOperator op = FilterOperator::kEqual;
  bool is_negated = false;
  std::string value;  // without quotes; of kEmpty: none
  std::size_t operator_at = 0;
  std::size_t value_at = 0;
};

struct FilterExpression {
  enum class Kind : std::uint8_t { kMatch, kNot, kAnd, kOr };
  Kind kind = Kind::kMatch;
  std::vector<FilterExpression> parts = {};  // one of kNot; two or more of kAnd and kOr
  FilterMatch match = {};                    // of kMatch
};

}  // namespace weft::api::kit
