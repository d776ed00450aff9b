// Room for the sockets of this process.
#pragma once

#include <cstddef>

namespace weft::io {

// As many descriptors as the table is made for at once: 512 KiB of the kernel's memory.
inline constexpr std::size_t kPreparedDescriptors = 65'536;

// Lets this process have as many descriptors as it may ask for (the soft limit becomes the hard
// one), and makes the kernel's table of them large at once. A table that grows while threads share
// it holds up each of them that opens a socket for 10 to 30 ms, every time it doubles, since the
// kernel waits until no processor reads the old one; while there is one thread it does not wait.
// What cannot be had is left as it is. Call it before the first thread is made.
// Returns: how many this process may have. Source: getrlimit(2), fcntl(2).
std::size_t prepare_descriptors();

// In a child between fork and exec: the soft limit that this process began with, for programs that
// use select(2). Only system calls.
void restore_descriptor_limit();

}  // namespace weft::io
