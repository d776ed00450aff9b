// A filter expression ready to be asked: its comparisons in the order in which they are asked, each
// with where to go on. Nothing recurses but the way of a selector into an entry, which is as deep
// as the shape.
#pragma once

#include "api/kit/filter_expression.h"
#include "api/kit/filter_shape.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace re2 {
class RE2;
}

namespace weft::api::kit {

// One step into an entry: a field of a struct, else a key of a map. Lists are walked without one.
struct FilterHop {
  const FilterField* field = nullptr;
  std::string key = {};
};

// One comparison of an expression. What `text`, `number` or `flag` holds is compared with values
// of the kind that the selector leads to, or with a list's items or a map's keys.
struct FilterComparison {
  std::vector<FilterHop> hops = {};
  FilterOperator op = FilterOperator::kEqual;
  bool is_negated = false;
  std::string text = {};
  std::int64_t number = 0;
  bool flag = false;
  std::shared_ptr<const re2::RE2> pattern = nullptr;  // of kMatches
  std::size_t on_true = 0;                            // of FilterProgram::comparisons, or a verdict
  std::size_t on_false = 0;

  // Does it hold for `value`, from the hop of that number on?
  bool holds_at(std::size_t hop, const FilterType& type, const void* value) const;

 private:
  bool holds_of(const FilterType& type, const void* value) const;
  bool holds_of_text(std::string_view value) const;
  bool equals(const FilterType& type, const void* value) const;
  bool holds_without_key() const;
};

// Thread: any (immutable).
class FilterProgram final {
 public:
  static constexpr std::size_t kAccept = static_cast<std::size_t>(-1);
  static constexpr std::size_t kRefuse = static_cast<std::size_t>(-2);

  FilterProgram(std::span<const FilterField> fields, std::vector<FilterComparison> comparisons)
      : whole_{.kind = FilterKind::kStruct, .fields = fields},
        comparisons_(std::move(comparisons)) {}

  bool holds(const void* entry) const;

 private:
  FilterType whole_;                           // what is filtered
  std::vector<FilterComparison> comparisons_;  // the last one is asked first
};

}  // namespace weft::api::kit
