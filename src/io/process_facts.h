// What the operating system says of this process.
#pragma once

#include <cstdint>

namespace weft::io {

// Zero where it is not known. Source: proc(5), /proc/self/status.
struct ProcessFacts {
  std::uint64_t resident_bytes = 0;
  std::uint64_t threads = 0;
};

// Reads a small file of the kernel's; blocks for microseconds. Thread: any.
ProcessFacts process_facts();

}  // namespace weft::io
