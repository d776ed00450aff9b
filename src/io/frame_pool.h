// Memory for coroutine frames: thread-local free lists by size class, so that a warm path that
// starts a task allocates nothing.
#pragma once

#include <cstddef>

namespace weft::io {

// Thread: the calling one; a frame must be freed on the thread that made it or on one that
// outlives it (lists are thread-local, blocks are plain heap memory).
void* allocate_frame(std::size_t bytes);
void free_frame(void* frame, std::size_t bytes) noexcept;

}  // namespace weft::io
