#include "http/idle_learner.h"

#include "base/text.h"

#include <algorithm>

namespace weft::http {
namespace {

// Deaths within this time may have one cause, and a sweep finds them up to a second late.
constexpr base::Nanos kOneCause = base::Seconds(1);
// chosen: a backend that is called once in a while shows its timeout every few minutes.
constexpr base::Nanos kSuspicionTime = base::Seconds(600);
// How much earlier than the backend: a quarter, for deaths are noticed late and timers of backends
// are coarse; but never much of a long timeout.
constexpr std::int64_t kMarginShare = 4;
constexpr base::Nanos kMarginMin = base::Millis(2);
constexpr base::Nanos kMarginMax = base::Seconds(1);
// The least step by which what was learned grows, so that a wrong lesson near 0 is soon forgotten.
constexpr base::Nanos kGrowthMin = base::Millis(10);
// More than a day says nothing any more; it also keeps the arithmetic within its type.
constexpr std::uint64_t kAnnouncedSecondsMax = 86'400;

base::Nanos with_margin(base::Nanos timeout) {
  if (timeout == IdleLearner::kUnknown) {
    return timeout;
  }
  const base::Nanos margin = std::clamp(timeout / kMarginShare, kMarginMin, kMarginMax);
  return std::max(timeout - margin, base::Nanos(0));
}

}  // namespace

void IdleLearner::on_died(base::Nanos idled, base::MonoTime now) {
  if (idled >= learned_) {
    return;
  }
  const bool is_old = now - suspected_since_ >= kSuspicionTime;
  if (suspected_ == kUnknown || is_old) {
    suspected_ = idled;
    suspected_since_ = now;
    return;
  }
  if (now - suspected_since_ >= kOneCause) {
    learned_ = std::min(learned_, std::max(suspected_, idled));
    suspected_since_ = now;
    settle();
  }
  suspected_ = std::min(suspected_, idled);
}

void IdleLearner::on_alive(base::Nanos idled) {
  if (idled <= learned_) {
    return;
  }
  learned_ = std::min(idled, learned_ + std::max(learned_ / 2, kGrowthMin));
  suspected_ = kUnknown;
  settle();
}

void IdleLearner::on_announced(base::Nanos timeout) {
  if (timeout != announced_) {
    announced_ = timeout;
    settle();
  }
}

void IdleLearner::settle() { usable_ = std::min(with_margin(learned_), with_margin(announced_)); }

std::optional<base::Nanos> announced_idle_timeout(std::string_view keep_alive) {
  constexpr std::string_view kTimeout = "timeout=";
  while (!keep_alive.empty()) {
    const std::size_t comma = std::min(keep_alive.find(','), keep_alive.size());
    const std::string_view parameter = base::trim(keep_alive.substr(0, comma));
    keep_alive.remove_prefix(std::min(comma + 1, keep_alive.size()));
    if (!base::istarts_with(parameter, kTimeout)) {
      continue;
    }
    const auto seconds = base::parse_u64(parameter.substr(kTimeout.size()));
    if (!seconds || *seconds == 0 || *seconds > kAnnouncedSecondsMax) {
      return std::nullopt;
    }
    return base::Seconds(*seconds);
  }
  return std::nullopt;
}

}  // namespace weft::http
