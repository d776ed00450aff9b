#include "base/table_memory.h"

#include "base/mutex.h"

#include <array>
#include <new>
#include <sys/mman.h>
#include <utility>

namespace weft::base {
namespace {

constexpr std::size_t kPieceLinesMax = 8;
// Small tables stay in the ordinary heap.
constexpr std::size_t kHeapBytesMax = 512 * 1024;
constexpr std::size_t kHeapBlockBytes = 64 * 1024;
constexpr std::size_t kHugePageBytes = 2 * 1024 * 1024;

std::size_t lines_of(std::size_t bytes) { return (bytes + kLineBytes - 1) / kLineBytes; }

void* take_heap(std::size_t bytes, std::size_t alignment) {
  return ::operator new(bytes, std::align_val_t(alignment));
}

// The pieces, by their sizes in lines.
class Shelves final {
 public:
  void* take(std::size_t lines) {
    const MutexLock lock(mutex_);
    Piece*& free = free_[lines - 1];
    if (free != nullptr) {
      return std::exchange(free, free->next);
    }
    const std::size_t bytes = lines * kLineBytes;
    if (left_ < bytes) {
      open_block();
    }
    left_ -= bytes;
    taken_ += bytes;
    return std::exchange(next_, next_ + bytes);
  }

  void give(void* memory, std::size_t lines) {
    const MutexLock lock(mutex_);
    free_[lines - 1] = new (memory) Piece{free_[lines - 1]};
  }

 private:
  struct Piece {
    Piece* next;
  };

  // What is left of the last one, at most seven lines, is lost.
  void open_block() WEFT_REQUIRES(mutex_) {
    const bool is_large = taken_ >= kHeapBytesMax;
    left_ = is_large ? kHugePageBytes : kHeapBlockBytes;
    next_ = static_cast<char*>(take_heap(left_, is_large ? kHugePageBytes : kLineBytes));
    if (is_large) {
      static_cast<void>(::madvise(next_, left_, MADV_HUGEPAGE));  // without it only slower
    }
  }

  Mutex mutex_;
  std::array<Piece*, kPieceLinesMax> free_ WEFT_GUARDED_BY(mutex_){};
  char* next_ WEFT_GUARDED_BY(mutex_) = nullptr;
  std::size_t left_ WEFT_GUARDED_BY(mutex_) = 0;
  std::size_t taken_ WEFT_GUARDED_BY(mutex_) = 0;
};

Shelves& shelves() {
  static auto* const kShelves = new Shelves;  // house(new): tables may outlive what main() destroys
  return *kShelves;
}

bool is_piece(std::size_t lines) { return !kEachPieceAlone && lines <= kPieceLinesMax; }

}  // namespace

void* take_table_memory(std::size_t bytes) {
  const std::size_t lines = lines_of(bytes);
  return is_piece(lines) ? shelves().take(lines) : take_heap(lines * kLineBytes, kLineBytes);
}

void free_table_memory(void* memory, std::size_t bytes) {
  if (const std::size_t lines = lines_of(bytes); is_piece(lines)) {
    shelves().give(memory, lines);
  } else {
    ::operator delete(memory, std::align_val_t(kLineBytes));
  }
}

}  // namespace weft::base
