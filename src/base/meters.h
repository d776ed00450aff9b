// Meters: what a loop counts about itself, read by anybody. One writer each, no lock on the way.
//
//   constexpr base::MeterInfo kRequests{"weft_requests_total", "Requests answered"};
//   base::MeterGroup meters(registry, {{"service", "orders"}});        // one per loop and service
//   base::Counter& requests = meters.counter(kRequests, {{"code", "2xx"}});
//   requests.add();
//   for (const base::MeterFamily& family : registry.collect()) ...     // merged over all loops
#pragma once

#include "base/histogram.h"
#include "base/mutex.h"

#include <atomic>
#include <compare>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace weft::base {

// Thread: one writer, any number of readers.
class Counter final {
 public:
  void add(std::uint64_t n = 1) {
    value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// Thread: one writer, any number of readers.
class Gauge final {
 public:
  void set(std::int64_t value) { value_.store(value, std::memory_order_relaxed); }
  void add(std::int64_t n = 1) { set(value() + n); }
  void subtract(std::int64_t n = 1) { set(value() - n); }
  std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

// What a meter is, written as a constant beside its use.
// Lifetime: the texts are static.
struct MeterInfo {
  std::string_view name;  // as Prometheus wants it: weft_..._total, weft_..._seconds
  std::string_view what;  // one sentence without a full stop
};

using MeterLabels = std::vector<std::pair<std::string, std::string>>;

// The value of a counter, of a gauge, or a histogram's counts.
using MeterValue = std::variant<std::uint64_t, std::int64_t, HistogramCounts>;

struct MeterSample {
  MeterLabels labels;
  MeterValue value;
};

// All samples of one name; every one holds the same kind of value.
struct MeterFamily {
  MeterInfo info;
  std::vector<MeterSample> samples;  // ordered by labels
};

class MeterGroup;

// Knows every living group. Thread: any (synchronised).
// Lifetime: outlives its groups.
class MeterRegistry final {
 public:
  MeterRegistry() = default;
  MeterRegistry(const MeterRegistry&) = delete;
  MeterRegistry& operator=(const MeterRegistry&) = delete;

  // Meters of equal name and labels are added up: counters, gauges and histograms alike.
  // Returns: families ordered by name.
  std::vector<MeterFamily> collect() const;

 private:
  friend class MeterGroup;
  mutable Mutex mutex_;
  std::vector<const MeterGroup*> groups_ WEFT_GUARDED_BY(mutex_);
};

// Meters of one writer that share labels; they leave the registry together with the group.
// Thread: its loop; collect() reads from any.
class MeterGroup final {
 public:
  explicit MeterGroup(MeterRegistry& registry, MeterLabels common = {});
  MeterGroup(const MeterGroup&) = delete;
  MeterGroup& operator=(const MeterGroup&) = delete;
  ~MeterGroup();

  // Adds a meter. Lifetime of the reference: the group's. Not for the warm path.
  Counter& counter(const MeterInfo& info, MeterLabels labels = {});
  Gauge& gauge(const MeterInfo& info, MeterLabels labels = {});
  Histogram& histogram(const MeterInfo& info, MeterLabels labels = {});

 private:
  friend class MeterRegistry;
  struct Entry {
    MeterInfo info;
    MeterLabels labels;
    std::variant<Counter, Gauge, Histogram> meter;
  };
  template <class Meter>
  Meter& add(const MeterInfo& info, MeterLabels labels);

  MeterRegistry& registry_;
  const MeterLabels common_;
  std::deque<Entry> entries_;  // grows under the registry's mutex, entries never move
};

}  // namespace weft::base
