#include "balance/rate_limiter.h"

#include <algorithm>

namespace weft::balance {
namespace {

constexpr std::size_t kBucketsAtFirst = 16;

}  // namespace

RateLimiter::RateLimiter(const Gcra& rate, std::size_t keys_max)
    : rate_(rate), keys_max_(std::clamp<std::size_t>(keys_max, 1, kNone - 1)) {
  buckets_.assign(kBucketsAtFirst, kNone);
}

RateLimiter::Verdict RateLimiter::take(std::uint64_t key, base::MonoTime now, std::uint64_t count) {
  GcraState& state = find_or_make(key, now).state;
  Verdict verdict;
  verdict.is_allowed = rate_.try_take(state, now, count);
  verdict.remaining = rate_.remaining(state, now);
  verdict.retry_after = verdict.is_allowed ? base::Nanos(0) : rate_.wait(state, now, count);
  return verdict;
}

RateLimiter::Entry& RateLimiter::find_or_make(std::uint64_t key, base::MonoTime now) {
  Index index = bucket_of(key);
  while (index != kNone && entries_[index].key != key) {
    index = entries_[index].next;
  }
  if (index == kNone) {
    index = make(key, now);
  } else if (index != newest_) {
    unlink(index);
    link_newest(index);
  }
  return entries_[index];
}

RateLimiter::Index RateLimiter::make(std::uint64_t key, base::MonoTime now) {
  Index index = oldest_;
  if (entries_.size() < keys_max_) {
    index = static_cast<Index>(entries_.size());
    entries_.emplace_back();
    if (entries_.size() > buckets_.size()) {
      grow();
    }
  } else {
    forgotten_total_ += rate_.remaining(entries_[index].state, now) < rate_.burst() ? 1 : 0;
    unchain(index);
    unlink(index);
  }
  Index& bucket = bucket_of(key);
  entries_[index] = {.key = key, .state = {}, .next = bucket};
  bucket = index;
  link_newest(index);
  return index;
}

// The newest entry is in no bucket yet.
void RateLimiter::grow() {
  buckets_.assign(buckets_.size() * 2, kNone);
  for (Index index = 0; index + 1 < entries_.size(); ++index) {
    Index& bucket = bucket_of(entries_[index].key);
    entries_[index].next = bucket;
    bucket = index;
  }
}

void RateLimiter::unchain(Index index) {
  Index* at = &bucket_of(entries_[index].key);
  while (*at != index) {
    at = &entries_[*at].next;
  }
  *at = entries_[index].next;
}

void RateLimiter::unlink(Index index) {
  const Entry& entry = entries_[index];
  (entry.newer != kNone ? entries_[entry.newer].older : newest_) = entry.older;
  (entry.older != kNone ? entries_[entry.older].newer : oldest_) = entry.newer;
}

void RateLimiter::link_newest(Index index) {
  entries_[index].newer = kNone;
  entries_[index].older = newest_;
  (newest_ != kNone ? entries_[newest_].newer : oldest_) = index;
  newest_ = index;
}

}  // namespace weft::balance
