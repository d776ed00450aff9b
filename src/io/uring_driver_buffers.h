// Buffers lent to the kernel: a ring of slots it fills on its own when bytes arrive, so that a
// waiting receive holds no memory. A filled buffer moves to whoever receives; its slot is refilled
// from the loop's pool. Source: io_uring_register_buf_ring(3).
#pragma once

#include "base/result.h"
#include "io/buffer.h"

#include <cstdint>
#include <vector>

// NOLINTBEGIN(readability-identifier-naming): liburing's names.
struct io_uring;
struct io_uring_buf_ring;
// NOLINTEND(readability-identifier-naming)

namespace weft::io {

// Thread: its loop.
class UringBuffers final {
 public:
  // chosen: few enough to stay in the second-level cache, for the ring is used in order; a burst
  // beyond is told by -ENOBUFS and asked for again.
  static constexpr std::uint16_t kSlots = 64;  // a power of two
  static constexpr std::uint16_t kGroup = 0;

  UringBuffers() = default;
  UringBuffers(const UringBuffers&) = delete;
  UringBuffers& operator=(const UringBuffers&) = delete;
  ~UringBuffers();

  // Lends the first buffers. Lifetime: the pool outlives this. Errors: kNoSpace, kUnsupported, kIo.
  base::Result<> open(io_uring& ring, BufferPool& pool);
  // Returns: the buffer of `slot`, with the `bytes` that the kernel put there.
  Buffer take(std::uint16_t slot, std::size_t bytes);
  // Lends a slot again that came back unfilled.
  void lend_again(std::uint16_t slot);

 private:
  void lend(std::uint16_t slot);

  io_uring_buf_ring* ring_ = nullptr;
  BufferPool* pool_ = nullptr;
  std::vector<Buffer> slots_;
};

}  // namespace weft::io
