#include "metrics/traffic.h"

#include <algorithm>

namespace weft::metrics {
namespace {

std::int64_t second_of(base::WallTime time) {
  return std::chrono::floor<base::Seconds>(time).time_since_epoch().count();
}

}  // namespace

bool is_error(const model::Record& record) {
  return record.status >= 500 || (record.failed && record.side != base::Side::kClient);
}

void TrafficWindow::fold(const model::Record& record, std::int64_t second) {
  Second& slot = seconds_[static_cast<std::size_t>(second) % seconds_.size()];
  if (slot.second != second) {
    slot.second = second;
    slot.requests = slot.errors = 0;
    slot.latency.clear();
  }
  ++slot.requests;
  slot.errors += is_error(record) ? 1 : 0;
  slot.latency.record(base::Nanos(record.duration_ns));
}

TrafficSummary TrafficWindow::summarize(std::int64_t now_second, std::size_t span) const {
  std::uint64_t requests = 0;
  std::uint64_t errors = 0;
  WindowHistogram latency;
  for (std::size_t back = 1; back <= span; ++back) {
    const std::int64_t second = now_second - static_cast<std::int64_t>(back);
    const Second& slot = seconds_[static_cast<std::size_t>(second) % seconds_.size()];
    if (slot.second == second) {
      requests += slot.requests;
      errors += slot.errors;
      latency.merge(slot.latency);
    }
  }
  TrafficSummary out;
  out.requests_per_second = static_cast<double>(requests) / static_cast<double>(span);
  if (requests > 0) {
    out.error_ratio = static_cast<double>(errors) / static_cast<double>(requests);
    out.p50_ms = base::to_millis(latency.quantile(0.50));
    out.p95_ms = base::to_millis(latency.quantile(0.95));
    out.p99_ms = base::to_millis(latency.quantile(0.99));
  }
  return out;
}

void Traffic::fold(std::span<const model::Record> records, base::WallTime now) {
  const std::int64_t second = second_of(now);
  for (const model::Record& record : records) {
    all_.fold(record, second);
    ++requests_total_;
    errors_total_ += is_error(record) ? 1 : 0;
    if (record.service == 0) {
      continue;
    }
    auto& window = windows_[record.service];
    if (!window) {
      window = std::make_unique<TrafficWindow>(kSummarySeconds);
    }
    window->fold(record, second);
    ServiceTotals& totals = services_[record.service];
    auto& duration = totals.duration_by_method[static_cast<std::size_t>(record.method)];
    if (!duration) {
      duration = std::make_unique<base::Histogram>();
    }
    duration->record(base::Nanos(record.duration_ns));
    ++totals.by_status_class[std::min<std::size_t>(record.status / 100, 5)];
    totals.retries += record.retries;
    if (record.instance != 0) {
      InstanceTotals& instance = instances_[record.instance];
      instance.service = record.service;
      ++instance.requests;
    }
  }
}

TrafficSummary Traffic::total(base::WallTime now) const {
  return all_.summarize(second_of(now), kSummarySeconds);
}

std::optional<TrafficSummary> Traffic::of_service(std::uint32_t service, base::WallTime now) const {
  const auto found = windows_.find(service);
  if (found == windows_.end()) {
    return std::nullopt;
  }
  return found->second->summarize(second_of(now), kSummarySeconds);
}

std::vector<TrafficPoint> Traffic::points(base::WallTime after, base::WallTime now) const {
  const std::int64_t end = second_of(now);
  const std::int64_t begin =
      std::max(second_of(after) + 1, end - static_cast<std::int64_t>(kSeriesSeconds));
  std::vector<TrafficPoint> out;
  for (std::int64_t second = begin; second < end; ++second) {
    out.push_back({base::WallTime(base::Seconds(second)), all_.summarize(second + 1, 1)});
  }
  return out;
}

void Traffic::forget_service(std::uint32_t service) {
  windows_.erase(service);
  services_.erase(service);
}

void Traffic::forget_instance(std::uint32_t instance) { instances_.erase(instance); }

}  // namespace weft::metrics
