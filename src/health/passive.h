// Passive observation: what the data plane meets on the way is a reason to look at once, not at the
// next interval. It never decides; the probe does.
#pragma once

#include "base/time.h"
#include "model/record.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <unordered_map>

namespace weft::health {

// Thread: its loop. Lifetime: the clock outlives it.
class Passive final {
 public:
  // An instance is looked at no more than once in this time.
  static constexpr base::Nanos kPause = base::Millis(100);

  // `check_now` takes a Row::number of an instance.
  Passive(const base::Clock& clock, std::function<void(std::uint32_t)> check_now)
      : clock_(clock), check_now_(std::move(check_now)) {}

  // Looks at the backends that did not connect, broke off or fell silent.
  void fold(std::span<const model::Record> records);

  // The same for one instance, however it became known: an open breaker, a failed try that another
  // instance made good.
  void suspect(std::uint32_t instance);

  std::size_t remembered() const { return looked_at_.size(); }

 private:
  void forget_old(base::MonoTime now);

  const base::Clock& clock_;
  const std::function<void(std::uint32_t)> check_now_;
  std::unordered_map<std::uint32_t, base::MonoTime> looked_at_;  // within the last kPause, about
  base::MonoTime forget_at_{};
};

}  // namespace weft::health
