#include "health/passive.h"

namespace weft::health {
namespace {

// Did the backend, not the client or we, fail without an answer?
bool is_suspicious(const model::Record& record) {
  if (!record.failed || record.side != base::Side::kBackend || record.instance == 0) {
    return false;
  }
  switch (record.error) {
    case base::Code::kRefused:
    case base::Code::kUnreachable:
    case base::Code::kReset:
    case base::Code::kClosed:
    case base::Code::kTimeout:
      return true;
    default:
      return false;
  }
}

}  // namespace

void Passive::fold(std::span<const model::Record> records) {
  for (const model::Record& record : records) {
    if (is_suspicious(record)) {
      suspect(record.instance);
    }
  }
}

void Passive::suspect(std::uint32_t instance) {
  const base::MonoTime now = clock_.now();
  forget_old(now);
  const auto [entry, is_new] = looked_at_.try_emplace(instance, now);
  if (!is_new) {
    if (now - entry->second < kPause) {
      return;
    }
    entry->second = now;
  }
  check_now_(instance);
}

// The table holds what happened in the last two pauses at most.
void Passive::forget_old(base::MonoTime now) {
  if (now < forget_at_) {
    return;
  }
  std::erase_if(looked_at_, [now](const auto& entry) { return now - entry.second >= kPause; });
  forget_at_ = now + kPause;
}

}  // namespace weft::health
