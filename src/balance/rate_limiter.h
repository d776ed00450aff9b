// One rate for each of many keys (clients, consumers, routes) on one loop, in bounded memory.
#pragma once

#include "balance/gcra.h"
#include "base/limits.h"
#include "base/time.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace weft::balance {

// Remembers at most `keys_max` keys; a new one beyond takes the place of the one that was used
// longest ago, which then starts with a full bucket should it come back. Keys whose bucket is full
// are the first that this happens to, unless more than `keys_max` are over their rate at once.
// Memory: 32 bytes per key and 4 to 8 for finding it, taken as keys come; a key seen before costs
// no allocation. Thread: its loop.
class RateLimiter final {
 public:
  struct Verdict {
    bool is_allowed = false;
    std::uint64_t remaining = 0;  // that could come now
    base::Nanos retry_after{0};   // 0 when allowed
  };

  explicit RateLimiter(const Gcra& rate,
                       std::size_t keys_max = base::default_of(base::Limit::kRateLimitKeys));

  // `key` is a hash of whatever tells them apart, 64 bits well mixed: with 100,000 keys two share a
  // bucket once in 3.7 billion. Where clients choose the text, hash it with a secret seed.
  Verdict take(std::uint64_t key, base::MonoTime now, std::uint64_t count = 1);

  std::size_t keys() const { return entries_.size(); }
  // Keys that gave way although their bucket was not full: above 0, keys_max is too low.
  std::uint64_t forgotten_total() const { return forgotten_total_; }

 private:
  using Index = std::uint32_t;
  static constexpr Index kNone = ~Index{0};

  struct Entry {
    std::uint64_t key = 0;
    GcraState state;
    Index next = kNone;   // in its bucket
    Index newer = kNone;  // by last use
    Index older = kNone;
  };
  static_assert(sizeof(Entry) == 32);

  Entry& find_or_make(std::uint64_t key, base::MonoTime now);
  Index make(std::uint64_t key, base::MonoTime now);
  void grow();
  Index& bucket_of(std::uint64_t key) { return buckets_[key & (buckets_.size() - 1)]; }
  void unchain(Index index);
  void unlink(Index index);
  void link_newest(Index index);

  Gcra rate_;
  std::size_t keys_max_;
  std::vector<Entry> entries_;
  std::vector<Index> buckets_;  // a power of two
  Index newest_ = kNone;
  Index oldest_ = kNone;
  std::uint64_t forgotten_total_ = 0;
};

}  // namespace weft::balance
