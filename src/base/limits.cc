#include "base/limits.h"

namespace weft::base {
namespace {

constexpr bool rows_follow_the_enumeration() {
  for (std::size_t i = 0; i < kLimitTable.size(); ++i) {
    if (kLimitTable[i].limit != static_cast<Limit>(i)) {
      return false;
    }
  }
  return true;
}
static_assert(rows_follow_the_enumeration());

constexpr bool defaults_keep_their_bounds() {
  for (const LimitFacts& facts : kLimitTable) {
    if (facts.fallback < facts.least || facts.fallback > facts.most) {
      return false;
    }
  }
  return true;
}
static_assert(defaults_keep_their_bounds());

}  // namespace

std::optional<Limit> limit_by_name(std::string_view name) {
  for (const LimitFacts& facts : kLimitTable) {
    if (facts.name == name) {
      return facts.limit;
    }
  }
  return std::nullopt;
}

std::optional<Limit> limit_met(Code code) {
  switch (code) {
    case Code::kHeadTooLarge:
      return Limit::kHeadBytes;
    case Code::kTooManyFields:
      return Limit::kHeadFields;
    case Code::kUriTooLong:
      return Limit::kUriBytes;
    case Code::kBodyTooLarge:
      return Limit::kBodyBytes;
    default:
      return std::nullopt;
  }
}

Limits::Limits() {
  for (const LimitFacts& facts : kLimitTable) {
    set(facts.limit, facts.fallback);
  }
}

}  // namespace weft::base
