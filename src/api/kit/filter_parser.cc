#include "api/kit/filter_parser.h"

#include "api/kit/filter_lexer.h"
#include "base/text.h"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weft::api::kit {
namespace {

using enum FilterTerminal;
using Kind = FilterExpression::Kind;
using MaybeExpression = std::optional<FilterExpression>;

// One member per rule of the grammar. Each reads what it is named after or says nullopt; the place
// is then anywhere, and whoever knows another way goes back first.
class FilterParser final {
 public:
  explicit FilterParser(std::string_view text) : words_(text) {}

  MaybeExpression whole() {
    words_.take_blanks();
    MaybeExpression out = chain(Kind::kOr);
    words_.take_blanks();
    return out && words_.take_end() ? std::move(out) : std::nullopt;
  }
  FilterError error() const { return words_.error(); }

 private:
  // and binds closer than or. What does not go on is left for whoever comes next.
  MaybeExpression chain(Kind kind) {
    MaybeExpression first = part_of(kind);
    if (!first) {
      return std::nullopt;
    }
    FilterExpression out{.kind = kind};
    out.parts.push_back(*std::move(first));
    for (;;) {
      const std::size_t before = words_.at();
      MaybeExpression next = joined_part_of(kind);
      if (!next) {
        words_.back_to(before);
        break;
      }
      out.parts.push_back(*std::move(next));
    }
    return out.parts.size() > 1 ? std::move(out) : std::move(out.parts.front());
  }

  MaybeExpression part_of(Kind kind) { return kind == Kind::kOr ? chain(Kind::kAnd) : negation(); }

  MaybeExpression joined_part_of(Kind kind) {
    const bool is_joined =
        words_.take_blanks() && words_.take(kind == Kind::kOr ? kOr : kAnd) && words_.take_blanks();
    return is_joined ? part_of(kind) : std::nullopt;
  }

  // `not` is also a name: `not in Tags` asks for a tag called so.
  MaybeExpression negation() {
    const std::size_t before = words_.at();
    if (words_.take(kNot) && words_.take_blanks()) {
      if (MaybeExpression inner = nested([this] { return negation(); })) {
        FilterExpression out{.kind = Kind::kNot};
        out.parts.push_back(*std::move(inner));
        return out;
      }
    }
    words_.back_to(before);
    return grouping();
  }

  MaybeExpression grouping() {
    if (!words_.take(kOpen)) {
      return match();
    }
    words_.take_blanks();
    MaybeExpression inner = nested([this] { return chain(Kind::kOr); });
    if (!inner) {
      return std::nullopt;
    }
    words_.take_blanks();
    if (!words_.take(kClose)) {
      words_.fail(words_.at(), R"(rule "grouping": Unmatched parentheses)");
    }
    return inner;
  }

  template <class Rule>
  MaybeExpression nested(Rule rule) {
    if (depth_ == kFilterDepthMax) {
      words_.fail(words_.at(), fmt::format("more than {} levels deep", kFilterDepthMax));
      return std::nullopt;
    }
    ++depth_;
    MaybeExpression out = rule();
    --depth_;
    return out;
  }

  MaybeExpression match() {
    FilterExpression out{.kind = Kind::kMatch};
    FilterMatch& match = out.match;
    match.value_at = words_.at();
    match.selector = selector();
    const bool is_whole = match.selector.empty() ? value_first(match) : selector_first(match);
    return is_whole ? MaybeExpression(std::move(out)) : std::nullopt;
  }

  // What is no selector can only be looked for in something.
  bool value_first(FilterMatch& out) {
    auto value = literal();
    if (!value || !words_.take_blanks()) {
      return false;
    }
    out.value = *std::move(value);
    return negatable(out) && words_.take(kIn) && words_.take_blanks() && container(out);
  }

  bool selector_first(FilterMatch& out) {
    const bool has_blank = words_.take_blanks();
    out.operator_at = words_.at();
    const bool is_equal = words_.take(kEqual);
    if (is_equal || words_.take(kNotEqual)) {
      out.is_negated = !is_equal;
      words_.take_blanks();
      return value(out);
    }
    return has_blank && (words_.take(kIs) ? emptiness(out) : named_operator(out));
  }

  bool named_operator(FilterMatch& out) {
    if (!negatable(out)) {
      return false;
    }
    if (words_.take(kIn)) {
      out.value = path_of(out.selector);
      return words_.take_blanks() && container(out);
    }
    const bool is_matches = words_.take(kMatches);
    out.op = is_matches ? FilterOperator::kMatches : FilterOperator::kIn;
    return (is_matches || words_.take(kContains)) && words_.take_blanks() && value(out);
  }

  // What may stand before an operator that is a word.
  bool negatable(FilterMatch& out) {
    out.operator_at = words_.at();
    out.is_negated = words_.take(kNot);
    return !out.is_negated || words_.take_blanks();
  }

  bool emptiness(FilterMatch& out) {
    out.op = FilterOperator::kEmpty;
    if (!words_.take_blanks()) {
      return false;
    }
    out.is_negated = !words_.take(kEmpty);
    return !out.is_negated || (words_.take(kNot) && words_.take_blanks() && words_.take(kEmpty));
  }

  bool container(FilterMatch& out) {
    out.op = FilterOperator::kIn;
    const std::size_t begin = words_.at();
    out.selector = selector();
    if (out.selector.empty()) {
      words_.fail(begin, R"(rule "match": Invalid selector)");
    }
    return !out.selector.empty();
  }

  // A bare one is a selector whose names are all there is to it.
  bool value(FilterMatch& out) {
    out.value_at = words_.at();
    const auto bare = selector();
    auto value = bare.empty() ? literal() : path_of(bare);
    if (!value) {
      return false;
    }
    out.value = *std::move(value);
    return true;
  }

  std::optional<std::string> literal() {
    auto number = words_.take_number();
    return number ? std::move(number) : words_.take_string();
  }

  // Empty: there is none here.
  std::vector<FilterStep> selector() {
    std::vector<FilterStep> out;
    std::size_t begin = words_.at();
    auto name = words_.take_identifier();
    while (name) {
      out.push_back({.name = *std::move(name), .at = begin});
      const std::size_t end = words_.at();
      name = step(begin);
      if (!name) {
        words_.back_to(end);
      }
    }
    return out;
  }

  // `begin` becomes the place of what is returned.
  std::optional<std::string> step(std::size_t& begin) {
    if (words_.take(kDot)) {
      begin = words_.at();
      return words_.take_identifier();
    }
    return words_.take(kOpenIndex) ? index(begin) : std::nullopt;
  }

  std::optional<std::string> index(std::size_t& begin) {
    words_.take_blanks();
    begin = words_.at();
    auto key = words_.take_string();
    if (!key) {
      words_.fail(begin, R"(rule "index": Invalid index)");
    }
    words_.take_blanks();
    if (!words_.take(kCloseIndex)) {
      words_.fail(words_.at(), R"(rule "index": Unclosed index expression)");
    }
    return key;
  }

  FilterLexer words_;
  std::size_t depth_ = 0;
};

std::optional<FilterError> refusal(std::string_view text) {
  if (text.size() > kFilterBytesMax) {
    return filter_error_at(text, 0, fmt::format("longer than {} bytes", kFilterBytesMax));
  }
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t bytes = base::utf8_character_bytes(text.substr(at));
    if (bytes == 0) {
      return filter_error_at(text, at, "invalid encoding");
    }
    at += bytes;
  }
  return std::nullopt;
}

}  // namespace

std::expected<FilterExpression, FilterError> parse_filter(std::string_view text) {
  if (auto error = refusal(text)) {
    return std::unexpected(*std::move(error));
  }
  FilterParser parser(text);
  if (auto out = parser.whole()) {
    return *std::move(out);
  }
  return std::unexpected(parser.error());
}

}  // namespace weft::api::kit
