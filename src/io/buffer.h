// Buffers for bytes on their way: a LIFO pool per loop, taken only when there is something to
// read, so that an idle connection holds none and the hottest memory is used again first.
// Source: dataplane.md "Buffers".
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace weft::io {

class BufferPool;

// The memory behind a Buffer; the bytes follow the block.
struct BufferBlock {
  BufferPool* pool;
  BufferBlock* next;
  std::uint32_t capacity;  // bytes, headroom included
};

// One owned buffer with readable bytes in [begin, end) and room before and behind them.
// Thread: the loop of its pool.
class Buffer final {
 public:
  // Free bytes kept in front, so that a rewritten head fits before its body.
  static constexpr std::uint32_t kHeadroom = 1024;

  Buffer() = default;
  explicit Buffer(BufferBlock* block) : block_(block), begin_(kHeadroom), end_(kHeadroom) {}
  Buffer(Buffer&& other) noexcept
      : block_(std::exchange(other.block_, nullptr)), begin_(other.begin_), end_(other.end_) {
    other.begin_ = other.end_ = 0;
  }
  Buffer& operator=(Buffer&& other) noexcept {
    if (this != &other) {
      reset();
      block_ = std::exchange(other.block_, nullptr);
      begin_ = std::exchange(other.begin_, 0);
      end_ = std::exchange(other.end_, 0);
    }
    return *this;
  }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() { reset(); }

  explicit operator bool() const { return block_ != nullptr; }

  std::string_view view() const { return {base() + begin_, size()}; }
  char* data() { return base() + begin_; }
  std::size_t size() const { return end_ - begin_; }
  bool empty() const { return end_ == begin_; }
  std::size_t capacity() const { return block_ == nullptr ? 0 : block_->capacity; }

  // Room behind the bytes, to receive into; commit() says how much arrived.
  char* tail() { return base() + end_; }
  std::size_t tail_room() const { return capacity() - end_; }
  void commit(std::size_t bytes) { end_ += static_cast<std::uint32_t>(bytes); }

  // Room before the bytes; prepend_room() gives `bytes` of it back as the new front.
  std::size_t head_room() const { return begin_; }
  char* prepend(std::size_t bytes) {
    begin_ -= static_cast<std::uint32_t>(bytes);
    return data();
  }

  // Copies bytes behind the tail; there must be room.
  void append(std::string_view bytes);

  // Makes room behind the tail: by moving the bytes to the front, or into a bulk buffer of `pool`.
  // Returns: false when a bulk buffer is full.
  bool grow(BufferPool& pool);

  // Drops bytes from the front; an emptied buffer starts over behind the headroom.
  void consume(std::size_t bytes) {
    begin_ += static_cast<std::uint32_t>(bytes);
    if (begin_ == end_) {
      clear();
    }
  }
  void clear() { begin_ = end_ = block_ == nullptr ? 0 : kHeadroom; }

  // Puts `with` in the place of the first `old_bytes`, so that it ends where the rest begins.
  // Returns: false when it does not fit before the rest; nothing has changed then.
  bool replace_front(std::size_t old_bytes, std::string_view with);

  // Moves the bytes to just behind the headroom, to make room at the tail.
  void compact();

  // Gives the memory back to its pool.
  void reset();

 private:
  char* base() const { return block_ == nullptr ? nullptr : reinterpret_cast<char*>(block_ + 1); }

  BufferBlock* block_ = nullptr;
  std::uint32_t begin_ = 0;
  std::uint32_t end_ = 0;
};

// Two sizes: heads and small bodies, and bulk bodies (dataplane.md: 32–64 KiB is the knee).
// Thread: its loop.
class BufferPool final {
 public:
  enum class Size : std::uint8_t { kSmall, kBulk };
  static constexpr std::size_t kSmallBytes = 16 * 1024;
  // A body of 64 KiB and the head before it, so that both are read, and sent, in one go.
  static constexpr std::size_t kBulkBytes = (64 + 4) * 1024 + Buffer::kHeadroom;
  // With so many bulk buffers in use no stream gets one ahead of what it brings. chosen: 9 MiB.
  static constexpr std::size_t kBulkAheadMax = 128;

  BufferPool() = default;
  BufferPool(const BufferPool&) = delete;
  BufferPool& operator=(const BufferPool&) = delete;
  ~BufferPool();

  Buffer take(Size size = Size::kSmall);
  // To receive into. `expects_bulk`: what came last would have filled a small one.
  Buffer take_to_receive(bool expects_bulk) {
    return take(expects_bulk && in_use(Size::kBulk) < kBulkAheadMax ? Size::kBulk : Size::kSmall);
  }
  // Would so many bytes have filled a small buffer?
  static bool is_bulk(std::size_t bytes) { return bytes >= kSmallBytes - Buffer::kHeadroom; }

  // Buffers handed out now.
  std::size_t in_use() const { return in_use_[0] + in_use_[1]; }
  std::size_t in_use(Size size) const { return in_use_[static_cast<std::size_t>(size)]; }
  std::size_t bytes_kept() const { return bytes_kept_; }  // free memory held for reuse

 private:
  friend class Buffer;
  void give_back(BufferBlock* block);

  std::array<BufferBlock*, 2> free_{};
  std::array<std::size_t, 2> free_count_{};
  std::array<std::size_t, 2> in_use_{};
  std::size_t bytes_kept_ = 0;
};

}  // namespace weft::io
