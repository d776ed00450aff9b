#include "base/limit_meters.h"

namespace weft::base {
namespace {

constexpr MeterInfo kReached{"weft_limit_reached_total", "How often a limit said no"};

}  // namespace

LimitMeters::LimitMeters(MeterRegistry& registry) : group_(registry) {
  for (const LimitFacts& facts : kLimitTable) {
    counters_[static_cast<std::size_t>(facts.limit)] =
        &group_.counter(kReached, {{"limit", std::string(facts.name)}});
  }
}

}  // namespace weft::base
