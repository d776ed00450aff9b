#include "io/uring_driver_buffers.h"

#include "base/check.h"

#include <liburing.h>

#include <cstdlib>

namespace weft::io {
namespace {

constexpr std::size_t kPageBytes = 4096;

}  // namespace

UringBuffers::~UringBuffers() { std::free(ring_); }

base::Result<> UringBuffers::open(io_uring& ring, BufferPool& pool) {
  pool_ = &pool;
  static_assert(kSlots * sizeof(io_uring_buf) <= kPageBytes);
  ring_ = static_cast<io_uring_buf_ring*>(std::aligned_alloc(kPageBytes, kPageBytes));
  WEFT_ASSERT(ring_ != nullptr);  // out of memory ends the process
  io_uring_buf_ring_init(ring_);
  io_uring_buf_reg setup{};
  setup.ring_addr = reinterpret_cast<std::uintptr_t>(ring_);
  setup.ring_entries = kSlots;
  setup.bgid = kGroup;
  if (const int result = io_uring_register_buf_ring(&ring, &setup, 0); result < 0) {
    return base::fail(base::error_from_errno(-result, "register buffers with io_uring"));
  }
  slots_.resize(kSlots);
  for (std::uint16_t slot = 0; slot < kSlots; ++slot) {
    slots_[slot] = pool.take();
    lend(slot);
  }
  return {};
}

void UringBuffers::lend(std::uint16_t slot) {
  Buffer& buffer = slots_[slot];
  io_uring_buf_ring_add(ring_, buffer.tail(), static_cast<unsigned>(buffer.tail_room()), slot,
                        io_uring_buf_ring_mask(kSlots), 0);
  io_uring_buf_ring_advance(ring_, 1);
}

Buffer UringBuffers::take(std::uint16_t slot, std::size_t bytes) {
  Buffer filled = std::move(slots_[slot]);
  filled.commit(bytes);
  slots_[slot] = pool_->take();
  lend(slot);
  return filled;
}

void UringBuffers::lend_again(std::uint16_t slot) { lend(slot); }

}  // namespace weft::io
