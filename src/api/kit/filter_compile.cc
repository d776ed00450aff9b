// A parsed filter meets the shape of what is filtered: selectors become hops, values become what
// they are compared with, and/or/not become jumps between comparisons.
#include "api/kit/filter.h"
#include "api/kit/filter_expression.h"
#include "api/kit/filter_lexer.h"
#include "api/kit/filter_literal.h"
#include "api/kit/filter_parser.h"
#include "api/kit/filter_program.h"
#include "base/json.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <optional>
#include <ranges>
#include <utility>

namespace weft::api::kit {
namespace {

using MaybeFault = std::optional<FilterError>;

// On one line, whatever is in it.
std::string quoted(std::string_view text) {
  std::string out;
  base::append_json_bytes(out, text);
  return out;
}

bool is_supported(const FilterType& type, FilterOperator op) {
  switch (type.kind) {
    case FilterKind::kText:
      return op != FilterOperator::kEmpty;
    case FilterKind::kInteger:
    case FilterKind::kFlag:
      return op == FilterOperator::kEqual;
    case FilterKind::kList:
      return op == FilterOperator::kEmpty ||
             (op == FilterOperator::kIn && type.of->kind != FilterKind::kStruct);
    case FilterKind::kMap:
      return op == FilterOperator::kEmpty || op == FilterOperator::kIn;
    case FilterKind::kStruct:
      break;
  }
  return false;
}

// As go-bexpr calls it.
std::string name_of(const FilterMatch& match) {
  const std::string_view no = match.is_negated ? "Not " : "";
  switch (match.op) {
    case FilterOperator::kEqual:
      return fmt::format("{}Equal", no);
    case FilterOperator::kIn:
      return fmt::format("{}In", no);
    case FilterOperator::kEmpty:
      return fmt::format("Is {}Empty", no);
    case FilterOperator::kMatches:
      break;
  }
  return fmt::format("{}Matches", no);
}

class FilterCompiler final {
 public:
  FilterCompiler(std::string_view text, std::span<const FilterField> fields)
      : text_(text), fields_(fields) {}

  // Every match in the order in which it is written, so that the first bad one is told.
  MaybeFault judge(FilterExpression& expression) {
    if (expression.kind == FilterExpression::Kind::kMatch) {
      return judge_match(expression.match);
    }
    for (FilterExpression& part : expression.parts) {
      if (MaybeFault fault = judge(part)) {
        return fault;
      }
    }
    return std::nullopt;
  }

  // Appends the comparisons of an expression, the last one first, which go on at `on_true` or
  // `on_false`. Returns: where it begins.
  std::size_t emit(const FilterExpression& expression, std::size_t on_true, std::size_t on_false) {
    using Kind = FilterExpression::Kind;
    if (expression.kind == Kind::kMatch) {
      return emit_comparison(on_true, on_false);
    }
    if (expression.kind == Kind::kNot) {
      return emit(expression.parts.front(), on_false, on_true);
    }
    std::size_t begin = expression.kind == Kind::kAnd ? on_true : on_false;
    for (const FilterExpression& part : expression.parts | std::views::reverse) {
      begin =
          expression.kind == Kind::kAnd ? emit(part, begin, on_false) : emit(part, on_true, begin);
    }
    return begin;
  }

  std::vector<FilterComparison> take_comparisons() { return std::move(comparisons_); }

 private:
  FilterError error_at(std::size_t at, std::string_view what) const {
    return filter_error_at(text_, at, what);
  }

  MaybeFault judge_match(const FilterMatch& match) {
    FilterComparison comparison{.op = match.op, .is_negated = match.is_negated};
    const FilterType whole{.kind = FilterKind::kStruct, .fields = fields_};
    const FilterType* type = &whole;
    const std::span<const FilterStep> steps = match.selector;
    for (std::size_t i = 0; i < steps.size(); ++i) {
      type = hop_into(*type, steps[i].name, comparison);
      if (type == nullptr) {
        return error_at(steps[i].at, fmt::format("Selector {} is not valid",
                                                 quoted(path_of(steps.first(i + 1)))));
      }
    }
    if (!is_supported(*type, match.op)) {
      return error_at(match.operator_at,
                      fmt::format(R"(Invalid match operator "{}" for selector {})", name_of(match),
                                  quoted(path_of(match.selector))));
    }
    MaybeFault fault = match.op == FilterOperator::kMatches ? judge_pattern(match, comparison)
                                                            : judge_value(match, *type, comparison);
    judged_.push_back(std::move(comparison));
    return fault;
  }

  // Null: `type` has nothing of that name.
  static const FilterType* hop_into(const FilterType& type, std::string_view name,
                                    FilterComparison& comparison) {
    const FilterType& item = type.kind == FilterKind::kList ? *type.of : type;
    if (item.kind == FilterKind::kMap) {
      comparison.hops.push_back({.key = std::string(name)});
      return item.of;
    }
    const auto field = std::ranges::find(item.fields, name, &FilterField::name);
    if (field == item.fields.end()) {
      return nullptr;
    }
    comparison.hops.push_back({.field = &*field});
    return field->type;
  }

  MaybeFault judge_value(const FilterMatch& match, const FilterType& type,
                         FilterComparison& comparison) {
    const FilterType& compared = type.kind == FilterKind::kList ? *type.of : type;
    comparison.text = match.value;
    if (match.op == FilterOperator::kEmpty) {
      return std::nullopt;
    }
    const auto refuse = [&](std::string_view why) {
      return error_at(match.value_at,
                      fmt::format("Failed to coerce value {} for selector {}: {}",
                                  quoted(match.value), quoted(path_of(match.selector)), why));
    };
    if (compared.kind == FilterKind::kInteger) {
      const auto number = parse_filter_integer(match.value);
      comparison.number = number.value_or(0);
      return number ? std::nullopt : MaybeFault(refuse("not an integer of 64 bits"));
    }
    if (compared.kind == FilterKind::kFlag) {
      const auto flag = parse_filter_flag(match.value);
      comparison.flag = flag.value_or(false);
      return flag ? std::nullopt : MaybeFault(refuse("not true or false"));
    }
    return std::nullopt;
  }

  MaybeFault judge_pattern(const FilterMatch& match, FilterComparison& comparison) {
    if (++patterns_ > kFilterPatternsMax) {
      return error_at(match.operator_at,
                      fmt::format("more than {} regular expressions", kFilterPatternsMax));
    }
    re2::RE2::Options options(re2::RE2::Quiet);
    options.set_max_mem(static_cast<std::int64_t>(kFilterPatternMemoryBytes));
    options.set_never_capture(true);
    comparison.pattern = std::make_shared<const re2::RE2>(match.value, options);
    if (comparison.pattern->ok()) {
      return std::nullopt;
    }
    // "missing ]: [a-" without what is from the pattern.
    std::string_view why = comparison.pattern->error();
    if (const std::string& piece = comparison.pattern->error_arg(); !piece.empty()) {
      why.remove_suffix(why.ends_with(piece) ? std::min(why.size(), piece.size() + 2) : 0);
    }
    return error_at(match.value_at, fmt::format("Failed to compile regular expression {}: {}",
                                                quoted(match.value), why));
  }

  // Tests are emitted in the reverse of the order in which they were judged.
  std::size_t emit_comparison(std::size_t on_true, std::size_t on_false) {
    FilterComparison& comparison = comparisons_.emplace_back(std::move(judged_.back()));
    judged_.pop_back();
    comparison.on_true = on_true;
    comparison.on_false = on_false;
    return comparisons_.size() - 1;
  }

  std::string_view text_;
  std::span<const FilterField> fields_;
  std::size_t patterns_ = 0;
  std::vector<FilterComparison> judged_;
  std::vector<FilterComparison> comparisons_;
};

}  // namespace

std::expected<std::shared_ptr<const FilterProgram>, FilterError> compile_filter_program(
    std::string_view text, std::span<const FilterField> fields) {
  auto expression = parse_filter(text);
  if (!expression) {
    return std::unexpected(std::move(expression).error());
  }
  FilterCompiler compiler(text, fields);
  if (MaybeFault fault = compiler.judge(*expression)) {
    return std::unexpected(*std::move(fault));
  }
  compiler.emit(*expression, FilterProgram::kAccept, FilterProgram::kRefuse);
  return std::make_shared<const FilterProgram>(fields, compiler.take_comparisons());
}

}  // namespace weft::api::kit
