// Memory for large tables that are read here and there: a route table, its nodes and routes.
#pragma once

#include <cstddef>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WEFT_EACH_PIECE_ALONE true
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define WEFT_EACH_PIECE_ALONE true
#endif
#ifndef WEFT_EACH_PIECE_ALONE
#define WEFT_EACH_PIECE_ALONE false
#endif

namespace weft::base {

// A line of the processor's caches.
inline constexpr std::size_t kLineBytes = 64;

// A sanitizer of addresses sees each piece by itself: all of them are the heap's.
inline constexpr bool kEachPieceAlone = WEFT_EACH_PIECE_ALONE;

// Memory of whole lines of the cache. Beyond the first 512 KiB of all of it, pieces of up to eight
// lines lie in pages of 2 MiB, where the kernel has such: one that is in no cache is then waited
// for once; in pages of 4 KiB it often is twice, for the processor cannot remember where so many
// of them are. What is freed is used again, not given back to the system. Thread: any
// (synchronised).
void* take_table_memory(std::size_t bytes);
// `bytes` as they were taken.
void free_table_memory(void* memory, std::size_t bytes);

// The same for std::allocate_shared.
template <class T>
struct TableAllocator {
  using value_type = T;

  TableAllocator() = default;
  template <class Other>
  explicit(false) TableAllocator(const TableAllocator<Other>& /*other*/) {}

  T* allocate(std::size_t count) { return static_cast<T*>(take_table_memory(count * sizeof(T))); }
  void deallocate(T* memory, std::size_t count) { free_table_memory(memory, count * sizeof(T)); }

  bool operator==(const TableAllocator&) const = default;
};

}  // namespace weft::base
