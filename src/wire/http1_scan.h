// Finds the bytes that matter in a head, many at a time. Private to the head parser.
// A chunk of input becomes two bitmaps, one bit per byte; the parser walks the bits. Every scanner
// gives the same bitmaps, so the parser has one code for all of them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace weft::wire::scan {

inline constexpr std::size_t kChunkBytes = 512;
inline constexpr std::size_t kChunkBlocks = kChunkBytes / 64;

// Bit i of word k is byte 64 k + i. Bits past the chunk's end are set in `control`, one more word
// included, so that a walk needs no bound.
struct Marks {
  std::array<std::uint64_t, kChunkBlocks + 1> control;  // 0x00-0x1f but HTAB, and DEL
  std::array<std::uint64_t, kChunkBlocks + 1> colon;
};

// One way of scanning. All are pure and read nothing outside [data, data + bytes).
struct Scanner {
  const char* name;
  // bytes <= kChunkBytes.
  void (*mark)(const char* data, std::size_t bytes, Marks& out);
  // Returns: the offset of the first byte that no request target holds, or that divides one:
  // 0x00-0x20, 0x7f-0xff, " # < > ? \ ; `bytes` when there is none.
  std::size_t (*target_end)(const char* data, std::size_t bytes);
};

const Scanner& scalar();

// The fastest one this machine can run; asked for once. Thread: any.
const Scanner& best();

// Every one this machine can run, scalar first.
std::span<const Scanner* const> all();

}  // namespace weft::wire::scan
