// A moment of history as people name it: an index of the state, a time, a time of today, so long
// ago.
#pragma once

#include "base/result.h"
#include "base/time.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weft::base {

// Thread: any (a value).
struct Moment {
  std::optional<std::uint64_t> index{};  // nullopt: it is a time
  WallTime time{};

  bool operator==(const Moment&) const = default;
};

// "4711" is an index; "2026-01-31T14:03:00Z" a time (RFC 3339); "14:03", "14:03:20" and
// "14:03+02:00" a time of the day that `now` is in, in UTC or with that offset; "10m" and "-10m" so
// long before `now` (parse_duration's forms with a unit). A moment may lie in the future.
// Errors: kInvalid, side kClient.
// Thread: any; pure.
Result<Moment> parse_moment(std::string_view text, WallTime now);

// The form that means the same to everybody: the index, or the time as RFC 3339 in UTC.
std::string format_moment(const Moment& moment);

}  // namespace weft::base
