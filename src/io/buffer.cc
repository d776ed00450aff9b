#include "io/buffer.h"

#include "base/check.h"

#include <cstdlib>
#include <cstring>
#include <sanitizer/asan_interface.h>

namespace weft::io {
namespace {

constexpr std::array<std::size_t, 2> kBlockBytes{BufferPool::kSmallBytes, BufferPool::kBulkBytes};
// chosen: enough for a burst of a thousand busy connections; the rest goes back to the heap.
constexpr std::array<std::size_t, 2> kFreeMax{1024, 128};

}  // namespace

void Buffer::compact() {
  const std::size_t bytes = size();
  if (begin_ > kHeadroom) {
    std::memmove(base() + kHeadroom, data(), bytes);
    begin_ = kHeadroom;
    end_ = kHeadroom + static_cast<std::uint32_t>(bytes);
  }
}

void Buffer::append(std::string_view bytes) {
  WEFT_ASSERT(bytes.size() <= tail_room());
  bytes.copy(tail(), bytes.size());
  commit(bytes.size());
}

bool Buffer::grow(BufferPool& pool) {
  compact();
  if (tail_room() > 0) {
    return true;
  }
  if (capacity() >= BufferPool::kBulkBytes) {
    return false;
  }
  Buffer larger = pool.take(BufferPool::Size::kBulk);
  larger.append(view());
  *this = std::move(larger);
  return true;
}

bool Buffer::replace_front(std::size_t old_bytes, std::string_view with) {
  const std::size_t rest = begin_ + old_bytes;
  if (with.size() > rest) {
    return false;
  }
  begin_ = static_cast<std::uint32_t>(rest - with.size());
  with.copy(data(), with.size());
  return true;
}

void Buffer::reset() {
  if (block_ != nullptr) {
    block_->pool->give_back(std::exchange(block_, nullptr));
    begin_ = end_ = 0;
  }
}

BufferPool::~BufferPool() {
  WEFT_ASSERT(in_use() == 0);
  for (BufferBlock*& list : free_) {
    while (list != nullptr) {
      BufferBlock* next = list->next;
      std::free(list);
      list = next;
    }
  }
}

Buffer BufferPool::take(Size size) {
  const auto index = static_cast<std::size_t>(size);
  BufferBlock* block = free_[index];
  if (block != nullptr) {
    free_[index] = block->next;
    __builtin_prefetch(block->next, 1);  // the next one to be taken
    --free_count_[index];
    bytes_kept_ -= kBlockBytes[index];
    ASAN_UNPOISON_MEMORY_REGION(block + 1, kBlockBytes[index]);
  } else {
    block = static_cast<BufferBlock*>(std::malloc(sizeof(BufferBlock) + kBlockBytes[index]));
    WEFT_ASSERT(block != nullptr);
    block->pool = this;
    block->capacity = static_cast<std::uint32_t>(kBlockBytes[index]);
  }
  ++in_use_[index];
  return Buffer(block);
}

void BufferPool::give_back(BufferBlock* block) {
  const std::size_t index = block->capacity == kBulkBytes ? 1 : 0;
  --in_use_[index];
  if (free_count_[index] >= kFreeMax[index]) {
    std::free(block);
    return;
  }
  block->next = free_[index];
  free_[index] = block;
  ++free_count_[index];
  bytes_kept_ += kBlockBytes[index];
  // Bytes used after their buffer went are found by the address sanitizer.
  ASAN_POISON_MEMORY_REGION(block + 1, kBlockBytes[index]);
}

}  // namespace weft::io
