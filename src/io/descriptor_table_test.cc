#include "io/descriptor_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace weft::io {
namespace {

// How many descriptors the kernel's table of this process has room for. Source: proc(5), FDSize.
std::size_t table_size() {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word) {
    if (word == "FDSize:") {
      std::size_t size = 0;
      status >> size;
      return size;
    }
  }
  return 0;
}

rlimit descriptor_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return limit;
}

// Runs `check` in a process of its own, whose limit is its own as well, and returns what it exits
// with; 100 when it did not end by itself.
template <class Check>
int exit_code_of(Check check) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::_exit(check());
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 100;
}

TEST(DescriptorTable, HasRoomAtOnceAndAChildTheLimitOfBefore) {
  constexpr rlim_t kInherited = 256;
  const int code = exit_code_of([] {
    rlimit limit = descriptor_limit();
    if (limit.rlim_max <= kInherited) {
      return 0;  // there is nothing to raise
    }
    limit.rlim_cur = kInherited;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    const std::size_t may_have = prepare_descriptors();
    if (may_have != limit.rlim_max || descriptor_limit().rlim_cur != limit.rlim_max) {
      return 1;
    }
    if (table_size() < std::min<std::size_t>(may_have, kPreparedDescriptors)) {
      return 2;
    }
    restore_descriptor_limit();
    return descriptor_limit().rlim_cur == kInherited ? 0 : 3;
  });
  EXPECT_EQ(code, 0);
}

TEST(DescriptorTable, RestoresNothingThatWasNotRaised) {
  const int code = exit_code_of([] {
    const rlim_t before = descriptor_limit().rlim_cur;
    restore_descriptor_limit();
    return descriptor_limit().rlim_cur == before ? 0 : 1;
  });
  EXPECT_EQ(code, 0);
}

}  // namespace
}  // namespace weft::io
