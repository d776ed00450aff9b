#include "base/check.h"

#include <cstdio>
#include <cstdlib>
#include <string>

namespace weft::base {
namespace {

std::atomic<std::uint64_t> g_bugs{0};

void write_line(const char* kind, const char* text, const std::source_location& where) {
  // Straight to stderr: the logger itself may be what failed.
  const std::string line = std::to_string(where.line());
  for (const char* part : {kind, text, " at ", where.file_name(), ":", line.c_str(), "\n"}) {
    static_cast<void>(std::fputs(part, stderr));
  }
}

}  // namespace

void assert_failed(const char* expression, const std::source_location& where) {
  write_line("weft: assertion failed: ", expression, where);
  std::abort();
}

void report_bug(const char* what, const std::source_location& where) {
  const std::uint64_t seen = g_bugs.fetch_add(1, std::memory_order_relaxed);
  constexpr std::uint64_t kLinesMax = 100;
  if (seen < kLinesMax) {
    write_line("weft: bug: ", what, where);
  }
#ifdef WEFT_ABORT_ON_BUG
  std::abort();
#endif
}

std::uint64_t bug_count() { return g_bugs.load(std::memory_order_relaxed); }

}  // namespace weft::base
