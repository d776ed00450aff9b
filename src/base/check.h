// Two of the three kinds of wrong: ourselves (WEFT_ASSERT) and surprising but survivable
// (WEFT_BUG). The third, the world, is a Result. Never assert on anything a peer can send.
#pragma once

#include <atomic>
#include <cstdint>
#include <source_location>

namespace weft::base {

[[noreturn]] void assert_failed(const char* expression, const std::source_location& where);

// Aborts in dev and test builds; logs once per place and counts in release.
void report_bug(const char* what, const std::source_location& where);

// How many bugs were reported since start. Thread: any.
std::uint64_t bug_count();

}  // namespace weft::base

// Always on, also in release.
#define WEFT_ASSERT(expression)                          \
  (__builtin_expect(static_cast<bool>(expression), true) \
       ? static_cast<void>(0)                            \
       : ::weft::base::assert_failed(#expression, ::std::source_location::current()))

#define WEFT_BUG(what) ::weft::base::report_bug(what, ::std::source_location::current())
