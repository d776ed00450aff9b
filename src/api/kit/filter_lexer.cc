#include "api/kit/filter_lexer.h"

#include "api/kit/filter_literal.h"
#include "base/json.h"
#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

namespace weft::api::kit {
namespace {

using enum FilterTerminal;

// One of the two names is empty.
struct TerminalFacts {
  FilterTerminal terminal;
  std::string_view literal;
  std::string_view class_name;  // of what is no literal; errors show it
};

constexpr std::array<TerminalFacts, static_cast<std::size_t>(kCount)> kTerminals{{
    {kNotEqual, "!=", ""},
    {kOpen, "(", ""},
    {kClose, ")", ""},
    {kMinus, "-", ""},
    {kDot, ".", ""},
    {kZero, "0", ""},
    {kEqual, "==", ""},
    {kOpenIndex, "[", ""},
    {kQuote, "\"", ""},
    {kCloseIndex, "]", ""},
    {kBackQuote, "`", ""},
    {kAnd, "and", ""},
    {kContains, "contains", ""},
    {kEmpty, "empty", ""},
    {kIn, "in", ""},
    {kIs, "is", ""},
    {kMatches, "matches", ""},
    {kNot, "not", ""},
    {kOr, "or", ""},
    {kBlank, "", R"([ \t\r\n])"},
    {kDigit, "", "[0-9]"},
    {kFirstDigit, "", "[1-9]"},
    {kWord, "", "[a-zA-Z0-9_]"},
    {kLetter, "", "[a-zA-Z]"},
    {kEnd, "", "EOF"},
}};

constexpr const TerminalFacts& facts_of_terminal(FilterTerminal terminal) {
  return kTerminals[static_cast<std::size_t>(terminal)];
}

constexpr bool terminals_are_in_order() {
  return std::ranges::all_of(
      kTerminals, [](const auto& facts) { return &facts == &facts_of_terminal(facts.terminal); });
}
static_assert(terminals_are_in_order());

constexpr bool is_letter(char c) {
  const char lower = base::ascii_lower(c);
  return lower >= 'a' && lower <= 'z';
}

constexpr bool is_of_class(FilterTerminal terminal, char c) {
  switch (terminal) {
    case kBlank:
      return c == ' ' || c == '\t' || c == '\r' || c == '\n';
    case kDigit:
      return base::is_digit(c);
    case kFirstDigit:
      return base::is_digit(c) && c != '0';
    case kWord:
      return is_letter(c) || base::is_digit(c) || c == '_';
    case kLetter:
      return is_letter(c);
    default:
      return false;
  }
}

std::string shown(const TerminalFacts& facts) {
  std::string out(facts.class_name);
  if (out.empty()) {
    base::append_json_string(out, facts.literal);
  }
  return out;
}

// "a, b or c".
std::string list_terminals(const std::vector<std::string>& names) {
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) {
      out += i + 1 == names.size() ? " or " : ", ";
    }
    out += names[i];
  }
  return out;
}

}  // namespace

bool FilterLexer::fits(FilterTerminal terminal) const {
  const std::string_view rest = text_.substr(at_);
  const std::string_view literal = facts_of_terminal(terminal).literal;
  return literal.empty() ? !rest.empty() && is_of_class(terminal, rest.front())
                         : rest.starts_with(literal);
}

void FilterLexer::miss(FilterTerminal terminal) {
  if (at_ > furthest_) {
    furthest_ = at_;
    expected_.reset();
  }
  if (at_ == furthest_) {
    expected_.set(static_cast<std::size_t>(terminal));
  }
}

bool FilterLexer::take(FilterTerminal terminal) {
  if (is_broken()) {
    return false;
  }
  if (!fits(terminal)) {
    miss(terminal);
    return false;
  }
  at_ += std::max<std::size_t>(facts_of_terminal(terminal).literal.size(), 1);
  return true;
}

bool FilterLexer::take_blanks() {
  const std::size_t begin = at_;
  while (take(kBlank)) {
  }
  return at_ > begin;
}

bool FilterLexer::take_end() {
  if (is_broken() || at_ < text_.size()) {
    miss(kEnd);
    return false;
  }
  return true;
}

std::optional<std::string> FilterLexer::take_identifier() {
  const std::size_t begin = at_;
  if (!take(kLetter)) {
    return std::nullopt;
  }
  while (take(kWord)) {
  }
  return std::string(text_.substr(begin, at_ - begin));
}

std::optional<std::string> FilterLexer::take_number() {
  const std::size_t begin = at_;
  take(kMinus);
  if (!take(kZero)) {
    if (!take(kFirstDigit)) {
      back_to(begin);
      return std::nullopt;
    }
    while (take(kDigit)) {
    }
  }
  const std::size_t dot = at_;
  if (take(kDot)) {
    if (!take(kDigit)) {
      back_to(dot);
    }
    while (at_ > dot && take(kDigit)) {
    }
  }
  const std::size_t end = at_;
  const bool is_whole = take_blanks() || take_end() || fits(kClose);
  back_to(end);
  if (!is_whole) {
    fail(end, R"(rule "number": Invalid number literal)");
    return std::nullopt;
  }
  return std::string(text_.substr(begin, end - begin));
}

std::optional<std::string> FilterLexer::take_string() {
  const std::size_t begin = at_;
  if (!take(kBackQuote) && !take(kQuote)) {
    return std::nullopt;
  }
  const std::size_t end = text_.find(text_[begin], at_);
  if (end == std::string_view::npos) {
    fail(text_.size(), R"(rule "string": Unterminated string literal)");
    return std::nullopt;
  }
  at_ = end + 1;
  auto value = unquote_filter_literal(text_.substr(begin, at_ - begin));
  if (!value) {
    fail(begin, R"(rule "string": invalid syntax)");
  }
  return value;
}

void FilterLexer::fail(std::size_t at, std::string_view what) {
  if (!is_broken()) {
    fault_ = filter_error_at(text_, at, what);
  }
}

FilterError FilterLexer::error() const {
  if (fault_) {
    return *fault_;
  }
  std::vector<std::string> names;
  for (const TerminalFacts& facts : kTerminals) {
    if (expected_.test(static_cast<std::size_t>(facts.terminal))) {
      names.push_back(shown(facts));
    }
  }
  return filter_error_at(text_, furthest_, "no match found, expected: " + list_terminals(names));
}

FilterError filter_error_at(std::string_view text, std::size_t at, std::string_view what) {
  const std::string_view before = text.substr(0, at);
  const auto line = 1 + std::ranges::count(before, '\n');
  const std::size_t line_begin = before.rfind('\n') + 1;  // 0 when there is none
  const auto is_first_byte = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; };
  const auto column =
      static_cast<std::size_t>(1 + std::ranges::count_if(before.substr(line_begin), is_first_byte));
  return {.message = fmt::format("{}:{} ({}): {}", line, column, at, what), .column = column};
}

}  // namespace weft::api::kit
