// Result<T>: a value or an Error. WEFT_TRY passes an error on; ignore() drops one on purpose.
#pragma once

#include "base/error.h"

#include <expected>
#include <utility>

namespace weft::base {

template <class T = void>
using Result = std::expected<T, Error>;

// Makes the error half of any Result. The text must be static.
inline std::unexpected<Error> fail(Code code, const char* what, Side side = Side::kSelf,
                                   Retry retry = Retry::kNever) {
  return std::unexpected(Error{code, side, retry, 0, what});
}

inline std::unexpected<Error> fail(const Error& error) { return std::unexpected(error); }

// A deliberate drop; `why` is for the reader.
template <class T>
void ignore(const T& /*result*/, const char* /*why*/) {}

}  // namespace weft::base

#define WEFT_CONCAT_INNER(a, b) a##b
#define WEFT_CONCAT(a, b) WEFT_CONCAT_INNER(a, b)
// NOLINTBEGIN(bugprone-macro-parentheses): `ret` is a statement's head, `lhs` a declaration
#define WEFT_TRY_WITH(ret, name, lhs, expr)           \
  auto name = (expr);                                 \
  if (!name) [[unlikely]] {                           \
    ret ::std::unexpected(::std::move(name).error()); \
  }                                                   \
  lhs = *::std::move(name)
#define WEFT_TRY_VOID_WITH(ret, expr)                               \
  if (auto weft_try_result = (expr); !weft_try_result) [[unlikely]] \
  ret ::std::unexpected(::std::move(weft_try_result).error())
// NOLINTEND(bugprone-macro-parentheses)

// WEFT_TRY(auto head, parse_head(in)); leaves the function with the error when there is one.
#define WEFT_TRY(lhs, expr) WEFT_TRY_WITH(return, WEFT_CONCAT(weft_try_, __COUNTER__), lhs, expr)
#define WEFT_TRY_VOID(expr) WEFT_TRY_VOID_WITH(return, expr)
// The same inside a coroutine.
#define WEFT_CO_TRY(lhs, expr) \
  WEFT_TRY_WITH(co_return, WEFT_CONCAT(weft_try_, __COUNTER__), lhs, expr)
#define WEFT_CO_TRY_VOID(expr) WEFT_TRY_VOID_WITH(co_return, expr)
