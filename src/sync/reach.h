// Whether the other side answers: for the log, the meters, and the mark on what came from it.
#pragma once

#include "base/log.h"
#include "base/meters.h"
#include "base/result.h"
#include "base/time.h"
#include "io/loop.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace weft::sync {

// What is asked of a Consul, each by a task of its own.
enum class Asked : std::uint8_t { kServices, kChecks, kEntries, kCatalogue };
inline constexpr std::size_t kAskedCount = 4;

struct SyncMeters {
  explicit SyncMeters(base::MeterRegistry& registry);

  base::MeterGroup group;
  base::Gauge& up;
  base::Gauge& last_success;  // Unix seconds; 0: never
  base::Gauge& stale;
  base::Gauge& instances_in;
  base::Gauge& instances_out;
  base::Counter& writes_in;
  base::Counter& writes_out;
  base::Counter& errors_in;
  base::Counter& errors_out;
};

// Says once when the other side stops answering, and once when it answers again.
// Thread: its loop.
class Reach final {
 public:
  // `address` is for the log.
  Reach(io::Loop& loop, base::Log& log, SyncMeters& meters, std::string address);

  void succeed(Asked asked);
  void fail(Asked asked, const base::Error& error);
  // Nothing is asked any longer: as at the start.
  void forget();

  // Everything that is asked is answered.
  bool is_up() const { return state_ == State::kUp; }
  // How long what is needed for the way in has not been answered; nullopt: it is.
  std::optional<base::MonoTime> in_failing_since() const { return in_failing_since_; }
  // When the way in was heard of last; before that, when this began.
  base::WallTime in_heard_at() const { return in_heard_at_; }

 private:
  enum class State : std::uint8_t { kUnknown, kUp, kDown };
  bool has_failed() const;

  io::Loop& loop_;
  base::Log& log_;
  SyncMeters& meters_;
  const std::string address_;
  State state_ = State::kUnknown;
  std::array<bool, kAskedCount> failing_{};
  std::optional<base::MonoTime> in_failing_since_;
  base::WallTime in_heard_at_;
};

}  // namespace weft::sync
