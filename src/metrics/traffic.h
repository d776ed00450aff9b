// What the gateway carries, folded from Records: totals for Prometheus, short windows for pages.
#pragma once

#include "base/histogram.h"
#include "base/time.h"
#include "metrics/window_histogram.h"
#include "model/record.h"

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

namespace weft::metrics {

// One stretch of time. Ratios and percentiles are absent when nothing was measured.
struct TrafficSummary {
  double requests_per_second = 0;
  std::optional<double> error_ratio;  // 0..1
  std::optional<double> p50_ms;
  std::optional<double> p95_ms;
  std::optional<double> p99_ms;
};

struct TrafficPoint {
  base::WallTime second;  // its beginning
  TrafficSummary summary;
};

// Did the exchange fail through no fault of the client? A 5xx answer, or none at all.
bool is_error(const model::Record& record);

// The last seconds of one stream of exchanges.
// Thread: the control loop.
class TrafficWindow final {
 public:
  // `kept` whole seconds.
  explicit TrafficWindow(std::size_t kept) : seconds_(kept + 1) {}

  void fold(const model::Record& record, std::int64_t second);
  // The `span` whole seconds before `now_second`.
  TrafficSummary summarize(std::int64_t now_second, std::size_t span) const;

 private:
  struct Second {
    std::int64_t second = -1;
    std::uint64_t requests = 0;
    std::uint64_t errors = 0;
    WindowHistogram latency;
  };
  std::vector<Second> seconds_;  // ring by second
};

// Totals of one service since start.
struct ServiceTotals {
  static constexpr std::size_t kMethods = 10;  // model::Method

  std::array<std::unique_ptr<base::Histogram>, kMethods> duration_by_method;
  std::array<std::uint64_t, 6> by_status_class{};  // [0]: no answer, [2]: 2xx ...
  std::uint64_t retries = 0;
};

struct InstanceTotals {
  std::uint32_t service = 0;
  std::uint64_t requests = 0;
};

// Thread: the control loop.
class Traffic final {
 public:
  static constexpr std::size_t kSeriesSeconds = 300;
  static constexpr std::size_t kSummarySeconds = 10;  // what "now" means on a page

  void fold(std::span<const model::Record> records, base::WallTime now);

  TrafficSummary total(base::WallTime now) const;
  // Returns: nullopt when the gateway has seen no request to that service.
  std::optional<TrafficSummary> of_service(std::uint32_t service, base::WallTime now) const;
  // Whole seconds in (after, now), oldest first, at most kSeriesSeconds; none before `since`.
  std::vector<TrafficPoint> points(base::WallTime after, base::WallTime now) const;

  std::uint64_t requests_total() const { return requests_total_; }
  std::uint64_t errors_total() const { return errors_total_; }
  const std::unordered_map<std::uint32_t, ServiceTotals>& services() const { return services_; }
  const std::unordered_map<std::uint32_t, InstanceTotals>& instances() const { return instances_; }

  // Drops what belongs to numbers that will never come again.
  void forget_service(std::uint32_t service);
  void forget_instance(std::uint32_t instance);

 private:
  TrafficWindow all_{kSeriesSeconds};
  std::unordered_map<std::uint32_t, std::unique_ptr<TrafficWindow>> windows_;
  std::unordered_map<std::uint32_t, ServiceTotals> services_;
  std::unordered_map<std::uint32_t, InstanceTotals> instances_;
  std::uint64_t requests_total_ = 0;
  std::uint64_t errors_total_ = 0;
};

}  // namespace weft::metrics
