#include "base/limits.h"

namespace weft::base {
namespace {

constexpr MeterInfo kReached{"weft_limit_reached_total", "How often a limit said no"};

constexpr bool rows_follow_the_enumeration() {
  for (std::size_t i = 0; i < kLimitTable.size(); ++i) {
    if (kLimitTable[i].limit != static_cast<Limit>(i)) {
      return false;
    }
  }
  return true;
}
static_assert(rows_follow_the_enumeration());

}  // namespace

std::optional<Limit> limit_by_name(std::string_view name) {
  for (const LimitFacts& facts : kLimitTable) {
    if (facts.name == name) {
      return facts.limit;
    }
  }
  return std::nullopt;
}

Limits::Limits() {
  for (const LimitFacts& facts : kLimitTable) {
    set(facts.limit, facts.fallback);
  }
}

LimitMeters::LimitMeters(MeterRegistry& registry) : group_(registry) {
  for (const LimitFacts& facts : kLimitTable) {
    counters_[static_cast<std::size_t>(facts.limit)] =
        &group_.counter(kReached, {{"limit", std::string(facts.name)}});
  }
}

}  // namespace weft::base
