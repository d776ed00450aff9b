// Time: a monotonic clock for deadlines, a wall clock for people, durations with units.
// The real clock lives in io (loop.now()); everything else is handed a Clock&.
#pragma once

#include "base/result.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace weft::base {

using Nanos = std::chrono::nanoseconds;
using Micros = std::chrono::microseconds;
using Millis = std::chrono::milliseconds;
using Seconds = std::chrono::seconds;

// Tag of the monotonic time line; no now() on purpose (style.md §7).
struct MonotonicTag {
  using rep = std::int64_t;
  using period = std::nano;
  using duration = Nanos;
  using time_point = std::chrono::time_point<MonotonicTag, Nanos>;
  static constexpr bool is_steady = true;
};
using MonoTime = MonotonicTag::time_point;
using WallTime = std::chrono::sys_time<Nanos>;

// A deadline that never comes.
inline constexpr MonoTime kNever = MonoTime::max();

// Where time comes from. Thread: its loop.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual MonoTime now() const = 0;
  virtual WallTime wall_now() const = 0;
};

// A clock that moves only when told to; for tests and simulation.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(WallTime start = WallTime(Seconds(1'700'000'000))) : wall_start_(start) {}
  MonoTime now() const override { return now_; }
  WallTime wall_now() const override { return wall_start_ + now_.time_since_epoch(); }
  void advance(Nanos by) { now_ += by; }
  void set(MonoTime to) { now_ = to; }

 private:
  MonoTime now_{Seconds(1)};
  WallTime wall_start_;
};

// "2025-12-14T10:30:00.000000Z"; source: RFC 3339 §5.6, microseconds, UTC.
std::string format_rfc3339(WallTime time);
// "2025-12-14T10:30:00.000000+00:00": the same, as programs in Python write it.
std::string format_rfc3339_offset(WallTime time);

// Errors: kInvalid. Accepts a fraction of any length and an offset; years 1678 to 2261, as written
// and in UTC, which is what 64-bit nanoseconds hold.
Result<WallTime> parse_rfc3339(std::string_view text);

// "10s", "1.5s", "250ms", "1m", "1h30m", "100us"; a bare number is seconds.
// Source: Go's duration syntax, as Consul and Kong users write it.
// Errors: kInvalid (empty, unknown unit, negative, more than 100 years).
Result<Nanos> parse_duration(std::string_view text);

// The shortest form parse_duration reads back: "10s", "1m30s", "250ms", "0s".
std::string format_duration(Nanos duration);

inline double to_seconds(Nanos duration) { return std::chrono::duration<double>(duration).count(); }
inline double to_millis(Nanos duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

}  // namespace weft::base
