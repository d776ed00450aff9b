// The filter expressions of Consul's HTTP API (`?filter=`): text becomes a Filter, a Filter says of
// an entry yes or no. filter_shape.h says how a face states what can be filtered by.
//
//   WEFT_TRY(const auto filter, kit::compile_filter<kEntryShape>(text));   // or answer 400
//   std::erase_if(entries, [&](const Entry& entry) { return !filter.holds(entry); });
//
// The language, from what binds least:
//   A or B · A and B · not A · (A)                                        words in lower case
//   Sel == V · Sel != V                                                   text, integers, bool
//   V in Sel · V not in Sel · Sel contains V · Sel not contains V         text: a part of it; lists
//                                                                         of text, integers or
//                                                                         bool; keys of maps
//   Sel is empty · Sel is not empty                                       lists, maps
//   Sel matches V · Sel not matches V                                     text: RE2, found anywhere
// A selector is a path like `Service.Meta.env`; `Meta["a key"]` reaches keys that are no
// identifiers. A value is "quoted" with Go's escapes except \", `quoted` as it stands, a number, or
// bare like a selector; a bare one is never looked up.
//
// Source: contract/consul.md §1.2. What it leaves open is as in go-bexpr 0.1.2, with which Consul
// 1.17 is built, found by asking it:
// - A selector, its operator and its value are judged by the type alone, before any entry is seen.
// - A path through a list of structs holds when it holds for one of them, for `!=`, `not in`, `not
//   matches` and `is empty` too: `Checks.Status != passing` says that some check is not passing,
//   and holds for no entry without checks. `not Checks.Status == passing` says that none is.
// - At a key that a map does not have, `!=`, `not in`, `is empty`, `not matches` hold, and so does
//   `matches`, whatever the pattern.
// - `(` follows `not`, `and` and `or` only after a blank.
// - There are no `any`, `all` or "/pointer/selectors": these came later.
// An empty text is an error; Consul takes an empty `?filter=` for none, so a face does not ask.
#pragma once

#include "api/kit/filter_shape.h"

#include <cstddef>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace weft::api::kit {

// chosen: a request target of the default length holds no longer one. The work for one entry grows
// with it, and lists have thousands of entries.
inline constexpr std::size_t kFilterBytesMax = 8 * 1024;
// chosen: parentheses and `not` inside one another. Parsing recurses; people need a handful.
inline constexpr std::size_t kFilterDepthMax = 64;
// chosen: of `matches`. Each compiled pattern may take kFilterPatternMemoryBytes.
inline constexpr std::size_t kFilterPatternsMax = 32;
inline constexpr std::size_t kFilterPatternMemoryBytes = 1024 * 1024;

// Why a text is no filter. A face writes "Failed to create boolean expression evaluator: " before
// it.
struct FilterError {
  std::string message;     // one line: "1:8 (7): no match found, expected: ..."; the numbers are
                           // line:column (byte)
  std::size_t column = 0;  // of the fault, in characters from 1 within its line
};

class FilterProgram;  // filter_program.h

// The parts of compile_filter() that need no template.
std::expected<std::shared_ptr<const FilterProgram>, FilterError> compile_filter_program(
    std::string_view text, std::span<const FilterField> fields);
bool filter_holds(const FilterProgram& program, const void* entry);

// Made by compile_filter(). Copies share what was compiled. Thread: any (immutable).
template <class Entry>
class Filter final {
 public:
  explicit Filter(std::shared_ptr<const FilterProgram> program) : program_(std::move(program)) {}

  // Time: of the expression's length; every `matches` reads its text once.
  bool holds(const Entry& entry) const { return filter_holds(*program_, &entry); }

 private:
  std::shared_ptr<const FilterProgram> program_;
};

// Errors: not of the language; a selector that the shape does not have, an operator that its kind
// does not take, a value that is none of its type; beyond the limits above.
// Thread: any; pure.
template <const auto& kShape>
auto compile_filter(std::string_view text) {
  using Entry = typename std::remove_cvref_t<decltype(kShape)>::Entry;
  auto program = compile_filter_program(text, kShape.fields);
  using Compiled = std::expected<Filter<Entry>, FilterError>;
  return program ? Compiled(Filter<Entry>(*std::move(program)))
                 : Compiled(std::unexpected(std::move(program).error()));
}

}  // namespace weft::api::kit
