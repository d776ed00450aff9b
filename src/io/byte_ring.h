// ByteRing: messages of bytes from one thread to another without a lock, a system call or an
// allocation. For what is too frequent for a mailbox and may be lost rather than wait.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

namespace weft::io {

// A message lies in one piece behind its length; one that would pass the end of the memory begins
// at its start again.
// Thread: one writer and one reader (synchronised); which function is whose is said below.
class ByteRing final {
 public:
  // `capacity` is in bytes and rounded up to a power of two, at least 64.
  explicit ByteRing(std::size_t capacity);
  ByteRing(const ByteRing&) = delete;
  ByteRing& operator=(const ByteRing&) = delete;

  std::size_t capacity() const { return mask_ + 1; }
  // A longer message never fits: half the memory, for the other half may lie across the end.
  std::size_t message_bytes_max() const { return capacity() / 2 - kHeaderBytes; }

  // Writer. Room for one message, to be filled and then published; null: it does not fit now.
  char* try_begin(std::size_t bytes) {
    const std::size_t need = whole_bytes(bytes);
    const std::size_t to_end = capacity() - (writing_at_ & mask_);
    const std::size_t skipped = need > to_end ? to_end : 0;
    if (bytes > message_bytes_max() || !has_room(skipped + need)) {
      return nullptr;
    }
    if (skipped > 0) {
      put_header(writing_at_, kGoToStart);
    }
    const std::uint64_t at = writing_at_ + skipped;
    put_header(at, static_cast<std::uint32_t>(bytes));
    begun_to_ = at + need;
    return memory_.get() + (at & mask_) + kHeaderBytes;
  }
  // Writer. Lets the reader see the message begun last.
  void publish() {
    writing_at_ = begun_to_;
    written_to_.store(writing_at_, std::memory_order_release);
  }
  // Writer. Is it time to ask the reader to come?
  bool is_half_full() { return !has_room(capacity() / 2); }

  // Reader. Calls `sink` with each message that was published before the call, oldest first; the
  // view is good until `sink` returns. Returns: how many there were.
  template <class Sink>
  std::size_t drain(Sink&& sink) {
    const std::uint64_t end = written_to_.load(std::memory_order_acquire);
    std::uint64_t at = read_to_.load(std::memory_order_relaxed);
    std::size_t messages = 0;
    while (at != end) {
      const std::uint32_t bytes = header_at(at);
      if (bytes == kGoToStart) {
        at += capacity() - (at & mask_);
        continue;
      }
      sink(std::string_view(memory_.get() + (at & mask_) + kHeaderBytes, bytes));
      ++messages;
      at += whole_bytes(bytes);
      read_to_.store(at, std::memory_order_release);
    }
    return messages;
  }

 private:
  static constexpr std::size_t kHeaderBytes = 8;  // messages begin at multiples of it
  static constexpr std::uint32_t kGoToStart = 0xffff'ffff;
  static constexpr std::size_t kCacheLineBytes = 64;

  static std::size_t whole_bytes(std::size_t bytes) {
    return (kHeaderBytes + bytes + kHeaderBytes - 1) / kHeaderBytes * kHeaderBytes;
  }
  void put_header(std::uint64_t at, std::uint32_t bytes) {
    std::memcpy(memory_.get() + (at & mask_), &bytes, sizeof bytes);
  }
  std::uint32_t header_at(std::uint64_t at) const {
    std::uint32_t bytes = 0;
    std::memcpy(&bytes, memory_.get() + (at & mask_), sizeof bytes);
    return bytes;
  }
  // Looks at the reader's position, which lies in its cache, only when the known one will not do.
  bool has_room(std::size_t bytes) {
    if (writing_at_ + bytes - read_seen_ <= capacity()) {
      return true;
    }
    read_seen_ = read_to_.load(std::memory_order_acquire);
    return writing_at_ + bytes - read_seen_ <= capacity();
  }

  const std::size_t mask_;
  const std::unique_ptr<char[]> memory_;

  // Positions count up for ever; & mask_ is the place in the memory.
  alignas(kCacheLineBytes) std::uint64_t writing_at_ = 0;  // the writer's
  std::uint64_t begun_to_ = 0;                             // the writer's
  std::uint64_t read_seen_ = 0;                            // the writer's
  alignas(kCacheLineBytes) std::atomic<std::uint64_t> written_to_{0};
  alignas(kCacheLineBytes) std::atomic<std::uint64_t> read_to_{0};
};

}  // namespace weft::io
