#include "wire/http1_scan.h"

#include <cstring>
#include <immintrin.h>

namespace weft::wire::scan {
namespace {

constexpr std::size_t kBlock = 64;

// What one block of 64 bytes says.
struct BlockMarks {
  std::uint64_t control;
  std::uint64_t colon;
};

constexpr bool is_control_byte(unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7f; }

constexpr bool ends_target(unsigned char c) {
  return c <= 0x20 || c >= 0x7f || c == '"' || c == '#' || c == '<' || c == '>' || c == '?' ||
         c == '\\';
}

constexpr std::array<bool, 256> make_table(bool (*test)(unsigned char)) {
  std::array<bool, 256> table{};
  for (std::size_t c = 0; c < table.size(); ++c) {
    table[c] = test(static_cast<unsigned char>(c));
  }
  return table;
}
constexpr auto kControl = make_table(is_control_byte);
constexpr auto kEndsTarget = make_table(ends_target);

// ---- Shared by all: how blocks are put together. `block` must be inlined to be worth anything.

template <class Block>
[[gnu::always_inline]] inline void mark_blocks(const char* data, std::size_t bytes, Marks& out,
                                               Block block) {
  const std::size_t whole = bytes / kBlock;
  const std::size_t rest = bytes % kBlock;
  for (std::size_t i = 0; i < whole; ++i) {
    const BlockMarks marks = block(data + i * kBlock);
    out.control[i] = marks.control;
    out.colon[i] = marks.colon;
  }
  const std::uint64_t past_end = ~std::uint64_t{0} << rest;
  BlockMarks last{0, 0};
  if (rest != 0 && whole != 0) {
    last = block(data + bytes - kBlock);  // looks back instead of past the end
    last.control >>= kBlock - rest;
    last.colon >>= kBlock - rest;
  } else if (rest != 0) {
    std::array<char, kBlock> padded{};
    std::memcpy(padded.data(), data, rest);
    last = block(padded.data());
  }
  out.control[whole] = last.control | past_end;
  out.colon[whole] = last.colon & ~past_end;
}

std::size_t target_end_tail(const char* data, std::size_t at, std::size_t bytes) {
  while (at < bytes && !kEndsTarget[static_cast<unsigned char>(data[at])]) {
    ++at;
  }
  return at;
}

// ---- Scalar: the definition.

BlockMarks block_scalar(const char* data) {
  BlockMarks marks{0, 0};
  for (std::size_t i = 0; i < kBlock; ++i) {
    const auto c = static_cast<unsigned char>(data[i]);
    marks.control |= static_cast<std::uint64_t>(kControl[c]) << i;
    marks.colon |= static_cast<std::uint64_t>(c == ':') << i;
  }
  return marks;
}

void mark_scalar(const char* data, std::size_t bytes, Marks& out) {
  mark_blocks(data, bytes, out, block_scalar);
}

std::size_t target_end_scalar(const char* data, std::size_t bytes) {
  return target_end_tail(data, 0, bytes);
}

constexpr Scanner kScalar{"scalar", mark_scalar, target_end_scalar};

#if defined(__x86_64__)

// ---- SSE2: part of every x86-64.

__m128i load16(const char* data) {
  __m128i value;
  std::memcpy(&value, data, sizeof value);
  return value;
}

std::uint64_t bits16(__m128i mask) { return static_cast<std::uint32_t>(_mm_movemask_epi8(mask)); }

__m128i equal16(__m128i value, char c) { return _mm_cmpeq_epi8(value, _mm_set1_epi8(c)); }

// Unsigned "not above": min(value, c) == value.
__m128i not_above16(__m128i value, char c) {
  return _mm_cmpeq_epi8(_mm_min_epu8(value, _mm_set1_epi8(c)), value);
}

BlockMarks block_sse2(const char* data) {
  BlockMarks marks{0, 0};
  for (std::size_t i = 0; i < kBlock; i += 16) {
    const __m128i value = load16(data + i);
    const __m128i low = _mm_andnot_si128(equal16(value, '\t'), not_above16(value, 0x1f));
    marks.control |= bits16(_mm_or_si128(low, equal16(value, 0x7f))) << i;
    marks.colon |= bits16(equal16(value, ':')) << i;
  }
  return marks;
}

void mark_sse2(const char* data, std::size_t bytes, Marks& out) {
  mark_blocks(data, bytes, out, [](const char* at) { return block_sse2(at); });
}

std::size_t target_end_sse2(const char* data, std::size_t bytes) {
  std::size_t at = 0;
  for (; at + 16 <= bytes; at += 16) {
    const __m128i value = load16(data + at);
    // As signed numbers 0x80-0xff lie below 0x21 as well.
    __m128i stop = _mm_cmplt_epi8(value, _mm_set1_epi8(0x21));
    for (const char c : {'\x7f', '"', '#', '<', '>', '?', '\\'}) {
      stop = _mm_or_si128(stop, equal16(value, c));
    }
    if (const std::uint64_t bits = bits16(stop); bits != 0) {
      return at + static_cast<std::size_t>(__builtin_ctzll(bits));
    }
  }
  return target_end_tail(data, at, bytes);
}

constexpr Scanner kSse2{"sse2", mark_sse2, target_end_sse2};

// ---- AVX2: the same, 32 bytes at a time.

#define WEFT_AVX2 __attribute__((target("avx2")))

WEFT_AVX2 __m256i load32(const char* data) {
  __m256i value;
  std::memcpy(&value, data, sizeof value);
  return value;
}

WEFT_AVX2 std::uint64_t bits32(__m256i mask) {
  return static_cast<std::uint32_t>(_mm256_movemask_epi8(mask));
}

WEFT_AVX2 __m256i equal32(__m256i value, char c) {
  return _mm256_cmpeq_epi8(value, _mm256_set1_epi8(c));
}

WEFT_AVX2 BlockMarks block_avx2(const char* data) {
  BlockMarks marks{0, 0};
  for (std::size_t i = 0; i < kBlock; i += 32) {
    const __m256i value = load32(data + i);
    const __m256i not_above =
        _mm256_cmpeq_epi8(_mm256_min_epu8(value, _mm256_set1_epi8(0x1f)), value);
    const __m256i low = _mm256_andnot_si256(equal32(value, '\t'), not_above);
    marks.control |= bits32(_mm256_or_si256(low, equal32(value, 0x7f))) << i;
    marks.colon |= bits32(equal32(value, ':')) << i;
  }
  return marks;
}

WEFT_AVX2 void mark_avx2(const char* data, std::size_t bytes, Marks& out) {
  mark_blocks(data, bytes, out, [](const char* at) WEFT_AVX2 { return block_avx2(at); });
}

WEFT_AVX2 std::size_t target_end_avx2(const char* data, std::size_t bytes) {
  std::size_t at = 0;
  for (; at + 32 <= bytes; at += 32) {
    const __m256i value = load32(data + at);
    __m256i stop = _mm256_cmpgt_epi8(_mm256_set1_epi8(0x21), value);
    for (const char c : {'\x7f', '"', '#', '<', '>', '?', '\\'}) {
      stop = _mm256_or_si256(stop, equal32(value, c));
    }
    if (const std::uint64_t bits = bits32(stop); bits != 0) {
      return at + static_cast<std::size_t>(__builtin_ctzll(bits));
    }
  }
  return target_end_tail(data, at, bytes);
}

constexpr Scanner kAvx2{"avx2", mark_avx2, target_end_avx2};

#endif  // __x86_64__

}  // namespace

const Scanner& scalar() { return kScalar; }

std::span<const Scanner* const> all() {
#if defined(__x86_64__)
  static constexpr std::array<const Scanner*, 3> kAll{&kScalar, &kSse2, &kAvx2};
  return {kAll.data(), __builtin_cpu_supports("avx2") ? 3U : 2U};
#else
  static constexpr std::array<const Scanner*, 1> kAll{&kScalar};
  return kAll;
#endif
}

const Scanner& best() {
  static const Scanner& chosen = *all().back();
  return chosen;
}

}  // namespace weft::wire::scan
