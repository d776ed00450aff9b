// The words of a filter expression, and where it goes wrong. The grammar of go-bexpr is one of
// ordered choices without a token stream: what is a word depends on the place. So the parser asks
// for what may come, and what was asked for in vain at the furthest byte is what "was expected".
#pragma once

#include "api/kit/filter.h"

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weft::api::kit {

// What may be expected at a byte, in the order in which errors name it.
enum class FilterTerminal : std::uint8_t {
  kNotEqual,
  kOpen,
  kClose,
  kMinus,
  kDot,
  kZero,
  kEqual,
  kOpenIndex,
  kQuote,
  kCloseIndex,
  kBackQuote,
  kAnd,
  kContains,
  kEmpty,
  kIn,
  kIs,
  kMatches,
  kNot,
  kOr,
  kBlank,
  kDigit,
  kFirstDigit,
  kWord,
  kLetter,
  kEnd,
  kCount,
};

// A place in a text. It takes words off the front, or says false and stays; after a fault it says
// false to everything. Thread: one caller.
class FilterLexer final {
 public:
  explicit FilterLexer(std::string_view text) : text_(text) {}

  std::size_t at() const { return at_; }      // bytes read
  void back_to(std::size_t at) { at_ = at; }  // as at() said before
  bool is_broken() const { return fault_.has_value(); }

  bool take(FilterTerminal terminal);  // a punctuation mark, a keyword, or one character of a class
  bool take_blanks();                  // at least one
  bool take_end();

  // nullopt: there is none here, or a fault.
  std::optional<std::string> take_identifier();
  std::optional<std::string> take_number();  // as it is written
  std::optional<std::string> take_string();  // without its quotes

  // The first fault stays: no other way to read the text is tried.
  void fail(std::size_t at, std::string_view what);
  // The fault, or that nothing fits at the furthest place.
  FilterError error() const;

 private:
  bool fits(FilterTerminal terminal) const;
  void miss(FilterTerminal terminal);

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t furthest_ = 0;
  std::bitset<static_cast<std::size_t>(FilterTerminal::kCount)> expected_;  // at furthest_
  std::optional<FilterError> fault_;
};

// `what` with its place in `text` before it. Input: `at` is a byte of `text` or its end.
FilterError filter_error_at(std::string_view text, std::size_t at, std::string_view what);

}  // namespace weft::api::kit
