// Adaptive concurrency: how many requests a cluster takes at a time, found out from its latency.
// More than it can work on only wait; they are better refused at once than served too late.
#pragma once

#include "base/limits.h"
#include "base/time.h"

#include <cstdint>

namespace weft::balance {

// Source: the gradient of Envoy's adaptive concurrency filter and Netflix's concurrency-limits
// (gradient × limit + headroom). chosen: off, because it judges by latency: a service whose
// requests are of very different kinds, or that keeps requests open on purpose (tunnels, long
// polls), is refused traffic that it could take.
struct AdaptiveOptions {
  enum class Use : std::uint8_t { kOff, kOn };
  Use use = Use::kOff;
  std::uint32_t limit_min = 4;
  std::uint32_t limit_max =
      static_cast<std::uint32_t>(base::default_of(base::Limit::kAdaptiveRequests));
  // How far above its best the latency may be before the limit falls. Source: Envoy, 25 %.
  double latency_headroom = 0.25;
};

// Works in windows of at least 100 ms and 20 answers. In each the limit is multiplied by
// best × (1 + headroom) / typical latency, between 0.5 and 2, and gets sqrt(limit) on top, so that
// there is always a short queue by which growth shows. It grows only while it is used.
//
// The best latency is the lowest of a window. Once a minute, and at first, it is measured again
// when the limit is in use: the limit is halved, window by window, as long as that makes answers
// faster. Nobody is refused for a measurement while the service has room. (Envoy goes down to 3
// requests each time, used or not.)
//
// Typical means the geometric mean: a few slow kinds of request do not hide the many.
// Lifetime: `options` outlives it and may change under it.
// Thread:   its loop.
class AdaptiveLimit final {
 public:
  explicit AdaptiveLimit(const AdaptiveOptions& options);

  std::uint32_t limit() const { return limit_; }
  // A request begins; `active` are under way with it.
  void on_begin(std::uint32_t active) { peak_ = active > peak_ ? active : peak_; }
  // An answer came, or its time was over. What failed early says nothing.
  void on_answer(base::Nanos latency, base::MonoTime now);

  // 0 before the first window.
  base::Nanos best_latency() const { return base::Nanos(static_cast<std::int64_t>(best_)); }

 private:
  enum class Phase : std::uint8_t {
    kSteady,
    kSettling,   // the limit was just lowered: answers are still those of before
    kMeasuring,  // of the lowered limit
  };

  void end_window(base::MonoTime now);
  void begin_window(base::MonoTime now);
  void adjust(double typical);
  void begin_measuring();
  void measure(double typical, base::MonoTime now);
  void set_limit(double limit);

  const AdaptiveOptions& options_;
  std::uint32_t limit_;
  Phase phase_ = Phase::kSteady;
  double best_ = 0;                 // ns
  base::MonoTime best_until_{};     // then it is measured again
  double measured_ = 0;             // ns, the typical of the last step of a measurement
  std::uint32_t limit_before_ = 0;  // the measurement
  // The window.
  base::MonoTime window_ends_at_{};
  double log_latency_sum_ = 0;
  std::uint32_t answers_ = 0;
  std::uint32_t peak_ = 0;
};

}  // namespace weft::balance
